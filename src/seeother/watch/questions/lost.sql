-- SPDX-License-Identifier: Apache-2.0
-- Question: which journeys that began in a period were lost at a step, the latest first?
-- Lost: the step is the journey's last so far, it never reached its goal, and it has been idle for longer than
-- `abandoned_after`. What belongs to a journey: see the question `journeys`. Synthetic traffic is left out.
--
-- Parameters:
--   journey           String   name of the journey
--   position          UInt8    place of the step, from 1
--   goal              UInt8    place of its last step, from 1
--   since, until      Int64    the period, microseconds since the epoch; `until` is outside
--   now               Int64    microseconds since the epoch
--   abandoned_after   Int64    idle for so long, a journey has ended; microseconds
--   timeout           Int64    a journey's rows are those of the days within this around the day of its beginning; microseconds
--   before_us         Int64    where the last page ended: the `last_us` of its last row, or any later moment
--   before_id         String   the `journey_id` of that row: told again are those like it; empty for any
--   count             UInt32   rows at most
-- Columns:
--   journey_id     String   id of the journey
--   first_us       Int64    when its first attempt arrived, microseconds since the epoch
--   last_us        Int64    when its last exchange arrived, microseconds since the epoch
--   attempts       UInt64   attempts of all steps
--   failed         UInt64   of these, attempts that failed
--   error_caused   UInt8    whether its last exchange came within 10 s of a failed attempt
WITH
    toUInt16(intDiv({timeout:Int64} + 86399999999, 86400000000)) AS around,
    toUInt16(intDiv({since:Int64}, 86400000000)) AS first_day,
    toUInt16(intDiv({until:Int64} - 1, 86400000000)) AS last_day
SELECT
    journey_id,
    toInt64(min(first_attempt)) AS first_us,
    toInt64(max(last_exchange)) AS last_us,
    sum(journeys.attempts) AS attempts,
    sum(journeys.failed) AS failed,
    max(last_failure) > 0 AND last_us - toInt64(max(last_failure)) <= 10000000 AS error_caused
FROM journeys
WHERE journey = {journey:String} AND day >= toDate(first_day - around) AND day <= toDate(last_day + around)
    -- Of those that were lost there, the row with the last attempt says so. Numbers are looked up sooner than texts; that
    -- two ids may have one does no harm: whoever gets in by that is left out below.
    AND cityHash64(journey_id) IN
    (
        SELECT cityHash64(journey_id)
        FROM journeys
        WHERE journey = {journey:String} AND day >= toDate(first_day) AND day <= toDate(last_day + around)
            AND bitAnd(intDiv(last_attempt, 2), 127) = {position:UInt8} AND NOT bitTest(succeeded, {goal:UInt8} - 1)
            AND toInt64(last_exchange) < {now:Int64} - {abandoned_after:Int64}
    )
GROUP BY
    journey_id,
    arrayJoin(range(
        toUInt16(greatest(toInt32(day) - around, first_day)), toUInt16(least(toInt32(day) + around, last_day) + 1))) AS begins_on
HAVING intDiv(first_us, 86400000000) = begins_on AND first_us >= {since:Int64} AND first_us < {until:Int64}
    AND NOT bitTest(groupBitOr(succeeded), {goal:UInt8} - 1)
    AND bitAnd(intDiv(max(last_attempt), 2), 127) = {position:UInt8}
    AND {now:Int64} - last_us > {abandoned_after:Int64}
    AND (last_us < {before_us:Int64} OR (last_us = {before_us:Int64} AND journey_id >= {before_id:String}))
ORDER BY last_us DESC, journey_id, first_us
LIMIT {count:UInt32}
