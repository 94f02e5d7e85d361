-- SPDX-License-Identifier: Apache-2.0
-- Question: how did the journeys end that began in a period?
-- A journey begins with its first attempt of a step, and consists of what has its id on that day and on those within its
-- `timeout` around it. It succeeded when its goal was ever answered 2xx. Else, if it had an exchange within
-- `abandoned_after`, it is in progress, or timed out when it is older than `timeout`. Else it ended: in error when its
-- last attempt failed, abandoned when not. (The last attempt has no later one that could repair it, so failed is broken.)
-- Synthetic traffic is left out. As of the last recount.
--
-- Parameters:
--   journey   String   name of the journey
--   goal      UInt8    place of its last step, from 1
--   slots     Array    of the period: (minutes, start in seconds since the epoch), as in slots.py
-- Columns:
--   started, success, abandoned, error, timeout, in_progress   Int64   journeys; the first is the sum of the others
--   error_caused                                               Int64   ended without success within 10 s of a failure
SELECT
    sum(n) AS started,
    sumIf(n, bitTest(succeeded, {goal:UInt8} - 1) AS has_succeeded) AS success,
    sumIf(n, NOT has_succeeded AND state = 'ended' AND stands_at % 2 = 0) AS abandoned,
    sumIf(n, NOT has_succeeded AND state = 'ended' AND stands_at % 2 = 1) AS error,
    sumIf(n, NOT has_succeeded AND state = 'overdue') AS timeout,
    sumIf(n, NOT has_succeeded AND state = 'open') AS in_progress,
    sumIf(n, NOT has_succeeded AND state = 'ended' AND was_failing) AS error_caused
FROM journey_counts
WHERE journey = {journey:String} AND (grain, start) IN {slots:Array(Tuple(UInt16, DateTime('UTC')))}
