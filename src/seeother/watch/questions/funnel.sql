-- SPDX-License-Identifier: Apache-2.0
-- Question: how far did the journeys come that started in a period, step by step?
-- A journey has reached a step when it attempted that step or a later one, so who passes an optional step by, or a step
-- that nobody recorded, is not lost there; attempts of a step that is repeated count once. A journey was lost at a step
-- when the step is its last so far, it never reached its goal, and it has been idle for longer than `abandoned_after`.
-- Journeys that attempted none of the configured steps are left out, and so is synthetic traffic.
--
-- Parameters:
--   journey           String   name of the journey
--   goal              UInt8    place of its last step, from 1
--   since, until      Int64    the period, microseconds since the epoch; `until` is outside
--   now               Int64    microseconds since the epoch
--   abandoned_after   Int64    idle for so long, a journey has ended; microseconds
--   timeout           Int64    a journey's rows are looked for from the day so long before the period on; microseconds
-- Columns:
--   position       UInt64   place of the step, from 1
--   reached        UInt64   journeys that attempted the step or a later one
--   attempted      UInt64   journeys that attempted the step
--   passed         UInt64   journeys with an attempt of it that did not fail
--   lost           UInt64   journeys that ended there without success
--   error_caused   UInt64   of these, journeys whose last exchange came within 10 s of a failed attempt
--   open           UInt64   journeys that are there and may still go on
WITH
    folded AS
    (
        SELECT
            groupBitOr(journeys.attempted) AS tried,
            groupBitOr(journeys.passed) AS went_through,
            groupBitOr(succeeded) AS succeeded_at,
            min(first_attempt) AS began,
            max(last_exchange) AS seen,
            max(last_failure) AS failed_at,
            bitAnd(intDiv(max(last_attempt), 2), 127) AS last_position
        FROM journeys
        WHERE journey = {journey:String} AND day >= toDate(fromUnixTimestamp64Micro({since:Int64} - {timeout:Int64}, 'UTC'))
        GROUP BY journey_id
        HAVING began >= toUInt64({since:Int64}) AND began < toUInt64({until:Int64}) AND tried != 0
    ),
    -- Few different ones are left of many journeys.
    alike AS
    (
        SELECT
            tried,
            went_through,
            if(bitTest(succeeded_at, {goal:UInt8} - 1), 0, last_position) AS stands_at,
            {now:Int64} - toInt64(seen) > {abandoned_after:Int64} AS has_ended,
            failed_at > 0 AND seen - failed_at <= 10000000 AS was_failing,
            count() AS n
        FROM folded
        GROUP BY tried, went_through, stands_at, has_ended, was_failing
    )
SELECT
    arrayJoin(range(1, toUInt64({goal:UInt8}) + 1)) AS position,
    sumIf(n, bitShiftRight(tried, position - 1) != 0) AS reached,
    sumIf(n, bitTest(tried, position - 1)) AS attempted,
    sumIf(n, bitTest(went_through, position - 1)) AS passed,
    sumIf(n, stands_at = position AND has_ended) AS lost,
    sumIf(n, stands_at = position AND has_ended AND was_failing) AS error_caused,
    sumIf(n, stands_at = position AND NOT has_ended) AS open
FROM alike
GROUP BY position
ORDER BY position
