-- SPDX-License-Identifier: Apache-2.0
-- Question: how many seconds after the click did each status come, at which step?
-- Over the steps of a journey; exchanges that attempt none have an empty name. Synthetic traffic is left out.
--
-- Parameters:
--   journey   String   name of the journey
--   slots     Array    of the period: (minutes, start in seconds since the epoch), as in slots.py
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
    sum(second_counts.exchanges) AS exchanges,
    sum(second_counts.failed) AS failed
FROM second_counts
WHERE journey = {journey:String} AND (grain, start) IN {slots:Array(Tuple(UInt16, DateTime('UTC')))}
GROUP BY step, status, second
ORDER BY step, status, second
