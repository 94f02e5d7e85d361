-- SPDX-License-Identifier: Apache-2.0
-- Question: as of when is it counted what came after attempts, and how journeys ended?
-- The last time counts, which is not the latest where a clock was set back.
--
-- Columns:
--   recounted_us   Int64   microseconds since the epoch; 0 when it never was
SELECT toInt64(toUnixTimestamp64Micro(argMax(at, number))) AS recounted_us
FROM recounts
