-- SPDX-License-Identifier: Apache-2.0
-- Question: how many attempts of each step of a journey broke in a period?
-- Broken: failed, and no later attempt of the step in the same journey succeeded within 60 s; until these have passed,
-- it is provisional. Steps where nothing broke have no row. Synthetic traffic is left out.
--
-- Parameters:
--   journey        String   name of the journey
--   since, until   Int64    the period, microseconds since the epoch; `until` is outside
--   now            Int64    microseconds since the epoch
-- Columns:
--   step          String   name of the step
--   broken        UInt64   attempts that failed and were not repaired
--   provisional   UInt64   of these, attempts that may still be repaired
WITH
    bad AS
    (
        SELECT ts, journey_id, step
        FROM steps
        WHERE journey = {journey:String} AND failed AND step != '' AND synthetic = ''
            AND ts >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
            AND ts < fromUnixTimestamp64Micro({until:Int64}, 'UTC')
    ),
    good AS
    (
        SELECT ts, journey_id, step
        FROM steps
        WHERE journey = {journey:String} AND NOT failed AND step != ''
            AND ts > fromUnixTimestamp64Micro({since:Int64}, 'UTC')
            AND ts < fromUnixTimestamp64Micro({until:Int64} + 60000000, 'UTC')
            AND (journey_id, step) IN (SELECT journey_id, step FROM bad)
    )
SELECT
    bad.step AS step,
    count() AS broken,
    countIf({now:Int64} - toUnixTimestamp64Micro(bad.ts) < 60000000) AS provisional
FROM bad
ASOF LEFT JOIN good ON good.journey_id = bad.journey_id AND good.step = bad.step AND good.ts > bad.ts
WHERE good.journey_id = '' OR good.ts > bad.ts + INTERVAL 60 SECOND
GROUP BY step
ORDER BY step
