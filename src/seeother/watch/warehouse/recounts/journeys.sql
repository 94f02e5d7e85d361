-- SPDX-License-Identifier: Apache-2.0
-- Counts the journeys that began on some days again, and adds what is missing or too much in `journey_counts`.
-- A journey begins with its first attempt of a step. Its exchanges are those of that day and of the days within
-- `timeout` around it: what has the same id a week later is another journey.
--
-- Parameters:
--   first, last       Date     days, both inside
--   now               Int64    microseconds since the epoch
--   abandoned_after   String   JSON: by journey: idle for longer, it has ended; microseconds
--   timeout           String   JSON: by journey: open for longer, it is overdue; microseconds. Others are left out
--   longest           UInt16   days in the longest of these, rounded up
INSERT INTO journey_counts (journey, grain, start, attempted, passed, succeeded, stands_at, was_failing, state, n)
SELECT
    journey, slot.1 AS grain, slot.2 AS start, attempted, passed, succeeded, stands_at, was_failing, state, sum(change) AS n
FROM
(
    SELECT
        journey, attempted, passed, succeeded, stands_at, was_failing, state,
        arrayJoin([
            (1, minute), (10, toStartOfTenMinutes(minute)), (60, toStartOfHour(minute)), (1440, toStartOfDay(minute))
            ]::Array(Tuple(UInt16, DateTime('UTC')))) AS slot,
        sum(n) AS change
    FROM
    (
        SELECT
            toString(journey) AS journey, toStartOfMinute(toDateTime(intDiv(began, 1000000), 'UTC')) AS minute,
            tried AS attempted, went_through AS passed, succeeded_at AS succeeded, stands AS stands_at,
            failed_at > 0 AND seen - failed_at <= 10000000 AS was_failing,
            multiIf(
                {now:Int64} - toInt64(seen) > JSONExtract({abandoned_after:String}, 'Map(String, Int64)')[journey], 'ended',
                {now:Int64} - toInt64(began) > JSONExtract({timeout:String}, 'Map(String, Int64)')[journey], 'overdue', 'open') AS state,
            toInt64(count()) AS n
        FROM
        (
            SELECT
                journey,
                toUInt16(intDiv(JSONExtract({timeout:String}, 'Map(String, Int64)')[toString(journey)] + 86399999999, 86400000000)) AS around,
                arrayJoin(range(
                    toUInt16(greatest(toInt32(day) - around, toInt32({first:Date}))),
                    toUInt16(least(toInt32(day) + around, toInt32({last:Date})) + 1))) AS begins_on,
                groupBitOr(journeys.attempted) AS tried,
                groupBitOr(journeys.passed) AS went_through,
                groupBitOr(journeys.succeeded) AS succeeded_at,
                toUInt8(bitAnd(max(last_attempt), 255)) AS stands,
                min(first_attempt) AS began,
                max(last_exchange) AS seen,
                max(last_failure) AS failed_at
            FROM journeys
            WHERE mapContains(JSONExtract({timeout:String}, 'Map(String, Int64)'), toString(journey))
                AND day >= {first:Date} - {longest:UInt16} AND day <= {last:Date} + {longest:UInt16}
            GROUP BY journey, journey_id, begins_on
            HAVING intDiv(began, 86400000000) = begins_on
        )
        GROUP BY journey, minute, attempted, passed, succeeded, stands_at, was_failing, state

        UNION ALL
        SELECT
            toString(journey), start, attempted, passed, succeeded, stands_at, was_failing, toString(state), -n
        FROM journey_counts
        WHERE grain = 1 AND start >= toDateTime({first:Date}, 'UTC') AND start < toDateTime({last:Date} + 1, 'UTC')
    )
    GROUP BY journey, minute, attempted, passed, succeeded, stands_at, was_failing, state
    HAVING change != 0
)
GROUP BY journey, grain, start, attempted, passed, succeeded, stands_at, was_failing, state
