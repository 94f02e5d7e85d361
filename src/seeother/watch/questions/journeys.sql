-- SPDX-License-Identifier: Apache-2.0
-- Question: how did the journeys end that started in a period?
-- A journey starts with its first attempt of a step; it is looked for from `timeout` before the period on.
-- It succeeded when its goal was ever answered 2xx. Else, if it had an exchange within `abandoned_after`, it is
-- in progress, or timed out when it is older than `timeout`. Else it ended: in error when its last attempt failed,
-- abandoned when not. (The last attempt has no later one that could repair it, so failed is broken.)
--
-- Parameters:
--   journey           String   name of the journey
--   goal              String   its last step
--   since, until      Int64    the period, microseconds since the epoch; `until` is outside
--   now               Int64    microseconds since the epoch
--   abandoned_after   Int64    idle for so long, a journey has ended; microseconds
--   timeout           Int64    open for so long, a journey has timed out; microseconds
-- Columns:
--   started, success, abandoned, error, timeout, in_progress   UInt64   journeys; the first is the sum of the others
SELECT
    count() AS started,
    countIf(outcome = 'success') AS success,
    countIf(outcome = 'abandoned') AS abandoned,
    countIf(outcome = 'error') AS error,
    countIf(outcome = 'timeout') AS timeout,
    countIf(outcome = 'in_progress') AS in_progress
FROM
(
    SELECT
        minIf(ts, step != '') AS first_attempt,
        multiIf(
            countIf(step = {goal:String} AND NOT failed AND status BETWEEN 200 AND 299) > 0, 'success',
            {now:Int64} - toUnixTimestamp64Micro(max(ts)) <= {abandoned_after:Int64},
                if({now:Int64} - toUnixTimestamp64Micro(first_attempt) > {timeout:Int64}, 'timeout', 'in_progress'),
            argMaxIf(failed, (ts, span_id), step != ''), 'error',
            'abandoned') AS outcome
    FROM steps
    WHERE journey = {journey:String} AND ts >= fromUnixTimestamp64Micro({since:Int64} - {timeout:Int64}, 'UTC')
    GROUP BY journey_id
    HAVING countIf(step != '') > 0
        AND first_attempt >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
        AND first_attempt < fromUnixTimestamp64Micro({until:Int64}, 'UTC')
)
