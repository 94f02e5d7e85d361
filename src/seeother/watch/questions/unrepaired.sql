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
-- Of journeys without a failure nothing has to be read, and their rows of the day tell which those are.
SELECT
    step,
    sum(length(broken_at)) AS broken,
    sum(arrayCount(at -> {now:Int64} - at < 60000000, broken_at)) AS provisional
FROM
(
    SELECT
        step,
        groupArrayIf(toUnixTimestamp64Micro(ts), failed AND synthetic = ''
            AND ts < fromUnixTimestamp64Micro({until:Int64}, 'UTC')) AS bad,
        groupArrayIf(toUnixTimestamp64Micro(ts), NOT failed) AS good,
        arrayFilter(at -> NOT arrayExists(later -> later > at AND later <= at + 60000000, good), bad) AS broken_at
    FROM steps
    WHERE journey = {journey:String} AND step != ''
        AND ts >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
        AND ts <= fromUnixTimestamp64Micro({until:Int64} + 60000000, 'UTC')
        AND journey_id IN
        (
            SELECT journey_id
            FROM journeys
            WHERE journey = {journey:String} AND journeys.failed > 0 AND last_exchange >= {since:Int64}
                AND day >= toDate(fromUnixTimestamp64Micro({since:Int64}, 'UTC'))
                AND day <= toDate(fromUnixTimestamp64Micro({until:Int64}, 'UTC'))
        )
    GROUP BY journey_id, step
)
WHERE notEmpty(broken_at)
GROUP BY step
ORDER BY step
