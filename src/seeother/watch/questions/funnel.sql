-- SPDX-License-Identifier: Apache-2.0
-- Question: how far did the journeys come that began in a period, step by step?
-- A journey has reached a step when it attempted that step or a later one, so who passes an optional step by, or a step
-- that nobody recorded, is not lost there; attempts of a step that is repeated count once. A journey was lost at a step
-- when the step is its last so far, it never reached its goal, and it has been idle for longer than `abandoned_after`.
-- Journeys that attempted none of the configured steps are left out, and so is synthetic traffic. As of the last
-- recount.
--
-- Parameters:
--   journey   String   name of the journey
--   goal      UInt8    place of its last step, from 1
--   slots     Array    of the period: (minutes, start in seconds since the epoch), as in slots.py
-- Columns:
--   position       UInt64   place of the step, from 1
--   reached        Int64    journeys that attempted the step or a later one
--   attempted      Int64    journeys that attempted the step
--   passed         Int64    journeys with an attempt of it that did not fail
--   lost           Int64    journeys that ended there without success
--   error_caused   Int64    of these, journeys whose last exchange came within 10 s of a failed attempt
--   open           Int64    journeys that are there and may still go on
SELECT
    arrayJoin(range(1, toUInt64({goal:UInt8}) + 1)) AS position,
    sumIf(counted, bitShiftRight(tried, position - 1) != 0) AS reached,
    sumIf(counted, bitTest(tried, position - 1)) AS attempted,
    sumIf(counted, bitTest(went_through, position - 1)) AS passed,
    sumIf(counted, stands = position AND has_ended) AS lost,
    sumIf(counted, stands = position AND has_ended AND was_failing) AS error_caused,
    sumIf(counted, stands = position AND NOT has_ended) AS open
FROM
(
    SELECT
        journey_counts.attempted AS tried,
        journey_counts.passed AS went_through,
        if(bitTest(succeeded, {goal:UInt8} - 1), 0, intDiv(stands_at, 2)) AS stands,
        state = 'ended' AS has_ended,
        was_failing,
        sum(n) AS counted
    FROM journey_counts
    WHERE journey = {journey:String} AND (grain, start) IN {slots:Array(Tuple(UInt16, DateTime('UTC')))} AND tried != 0
    GROUP BY tried, went_through, stands, has_ended, was_failing
    HAVING counted != 0
)
GROUP BY position
ORDER BY position
