-- SPDX-License-Identifier: Apache-2.0
-- Question: how did the journeys end that started in a period?
-- A journey starts with its first attempt of a step; its rows are looked for from the day of `since - timeout` on.
-- It succeeded when its goal was ever answered 2xx. Else, if it had an exchange within `abandoned_after`, it is
-- in progress, or timed out when it is older than `timeout`. Else it ended: in error when its last attempt failed,
-- abandoned when not. (The last attempt has no later one that could repair it, so failed is broken.)
-- Synthetic traffic is left out.
--
-- Parameters:
--   journey           String   name of the journey
--   goal              UInt8    place of its last step, from 1
--   since, until      Int64    the period, microseconds since the epoch; `until` is outside
--   now               Int64    microseconds since the epoch
--   abandoned_after   Int64    idle for so long, a journey has ended; microseconds
--   timeout           Int64    open for so long, a journey has timed out; microseconds
-- Columns:
--   started, success, abandoned, error, timeout, in_progress   UInt64   journeys; the first is the sum of the others
--   error_caused                                               UInt64   ended without success within 10 s of a failure
SELECT
    count() AS started,
    countIf(outcome = 'success') AS success,
    countIf(outcome = 'abandoned') AS abandoned,
    countIf(outcome = 'error') AS error,
    countIf(outcome = 'timeout') AS timeout,
    countIf(outcome = 'in_progress') AS in_progress,
    countIf(outcome IN ('abandoned', 'error') AND was_failing) AS error_caused
FROM
(
    SELECT
        min(first_attempt) AS began,
        max(last_exchange) AS seen,
        max(last_failure) AS failed_at,
        failed_at > 0 AND seen - failed_at <= 10000000 AS was_failing,
        multiIf(
            bitTest(groupBitOr(succeeded), {goal:UInt8} - 1), 'success',
            {now:Int64} - toInt64(seen) <= {abandoned_after:Int64},
                if({now:Int64} - toInt64(began) > {timeout:Int64}, 'timeout', 'in_progress'),
            bitTest(max(last_attempt), 0), 'error',
            'abandoned') AS outcome
    FROM journeys
    WHERE journey = {journey:String} AND day >= toDate(fromUnixTimestamp64Micro({since:Int64} - {timeout:Int64}, 'UTC'))
    GROUP BY journey_id
    HAVING began >= toUInt64({since:Int64}) AND began < toUInt64({until:Int64})
)
