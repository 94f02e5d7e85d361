-- SPDX-License-Identifier: Apache-2.0
-- Question: as of when is it counted what came after attempts, and how journeys ended?
-- The last time counts, which is not the latest where a clock was set back. A month has millions of them: one is read.
--
-- Columns:
--   recounted_us   Int64   microseconds since the epoch; 0 when it never was
SELECT toInt64(ifNull((SELECT toUnixTimestamp64Micro(at) FROM recounts ORDER BY number DESC LIMIT 1), 0)) AS recounted_us
