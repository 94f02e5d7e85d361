-- SPDX-License-Identifier: Apache-2.0
-- Question: from when is the newest exchange or page that is stored?
-- Both maxima are known of each part (ts is in the key by which tables are parted), so no row is read.
--
-- Columns:
--   newest_us   Int64   microseconds since the epoch; 0 when there is none
SELECT greatest(
    (SELECT toUnixTimestamp64Micro(max(ts)) FROM steps),
    (SELECT toUnixTimestamp64Micro(max(ts)) FROM pages)) AS newest_us
