-- SPDX-License-Identifier: Apache-2.0
-- Question: how many seconds after the click did each status come, at which step?
-- Over the steps of a journey; exchanges that attempt none have an empty name. Synthetic traffic is left out.
--
-- Parameters:
--   journey        String   name of the journey
--   since, until   Int64    the period in whole minutes, microseconds since the epoch; `until` is outside
-- Columns:
--   step        String   empty where the exchange attempted none
--   status      UInt16   0 when no head was sent
--   second      UInt8    whole seconds from request to end of answer; 60 stands for all longer ones
--   exchanges   UInt64   exchanges
--   failed      UInt64   of these, exchanges that failed
SELECT
    step,
    status,
    second,
    sum(status_minutes.exchanges) AS exchanges,
    sum(status_minutes.failed) AS failed
FROM status_minutes
WHERE journey = {journey:String}
    AND minute >= toDateTime(intDiv({since:Int64}, 1000000), 'UTC')
    AND minute < toDateTime(intDiv({until:Int64}, 1000000), 'UTC')
GROUP BY step, status, second
ORDER BY step, status, second
