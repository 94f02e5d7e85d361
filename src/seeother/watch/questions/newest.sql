-- SPDX-License-Identifier: Apache-2.0
-- Question: from when is the newest exchange or page that is stored?
-- Days to come are left out: one sender whose clock is years ahead must not hide for years that nothing comes in. Both
-- maxima are known of each part (ts is in the key by which tables are parted), so no row is read.
--
-- Parameters:
--   now         Int64   microseconds since the epoch
-- Columns:
--   newest_us   Int64   microseconds since the epoch; 0 when there is none
WITH toDate(toUInt16(intDiv({now:Int64}, 86400000000))) AS today
SELECT greatest(
    (SELECT toUnixTimestamp64Micro(max(ts)) FROM steps WHERE toDate(ts) <= today),
    (SELECT toUnixTimestamp64Micro(max(ts)) FROM pages WHERE toDate(ts) <= today)) AS newest_us
