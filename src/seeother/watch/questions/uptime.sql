-- SPDX-License-Identifier: Apache-2.0
-- Question: how much of their time could people go on, in the worst window of each length?
-- Windowed user-uptime (Hauer et al., Meaningful Availability, NSDI 2020): a journey is up from an attempt that did not
-- fail to its next attempt, down from one that failed, and neither once it has been idle for `abandoned_after`. Shares
-- are of the time of all journeys together, so neither busy people nor those who stop trying in an outage distort them.
-- Windows end with each minute of the period and lie within it; those in which nobody was active are left out.
-- Synthetic traffic is left out.
--
-- Parameters:
--   journey           String   name of the journey
--   since, until      Int64    the period in whole minutes, microseconds since the epoch; `until` is outside
--   now               Int64    microseconds since the epoch
--   abandoned_after   Int64    idle for so long, a journey has ended; microseconds
-- Columns:
--   window_s   UInt64    length of the window, seconds: 1, 5 and 15 minutes, 1 and 6 hours, 1 day; the whole period last
--   up_us      Int64     time of all journeys in the worst window, microseconds
--   down_us    Int64     time they could not go on, microseconds
--   end_us     Int64     end of that window, microseconds since the epoch
WITH
    phase AS
    (
        SELECT
            toUnixTimestamp64Micro(ts) AS begins,
            steps.failed AS is_down,
            least(
                toUnixTimestamp64Micro(leadInFrame(ts, 1, toDateTime64('2200-01-01', 6, 'UTC')) OVER (
                    PARTITION BY journey_id ORDER BY ts, span_id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)),
                begins + {abandoned_after:Int64}, {now:Int64}, {until:Int64}) AS ends
        FROM steps
        WHERE journey = {journey:String} AND step != '' AND synthetic = ''
            AND ts >= fromUnixTimestamp64Micro({since:Int64} - {abandoned_after:Int64}, 'UTC')
            AND ts < fromUnixTimestamp64Micro({until:Int64}, 'UTC')
    ),
    lived AS
    (
        SELECT
            minute,
            sumIf(us, NOT is_down) AS up,
            sumIf(us, is_down) AS down
        FROM
        (
            SELECT
                is_down,
                greatest(begins, {since:Int64}) AS started,
                arrayJoin(range(toUInt64(intDiv(started, 60000000)), toUInt64(intDiv(ends - 1, 60000000) + 1))) AS minute,
                toUInt64(least(ends, toInt64(minute + 1) * 60000000) - greatest(started, toInt64(minute) * 60000000)) AS us
            FROM phase
            WHERE ends > greatest(begins, {since:Int64})
        )
        GROUP BY minute
    ),
    -- Every minute of the period, those without anybody too: a window that ends in one may be the worst.
    filled AS
    (
        SELECT
            all_minutes.minute AS minute, toInt64(lived.up) AS up, toInt64(lived.down) AS down
        FROM
        (
            SELECT arrayJoin(range(toUInt64(intDiv({since:Int64}, 60000000)), toUInt64(intDiv({until:Int64}, 60000000)))) AS minute
        ) AS all_minutes
        LEFT JOIN lived ON lived.minute = all_minutes.minute
    ),
    summed AS
    (
        SELECT
            arraySort(x -> x.1, groupArray((minute, up, down))) AS minutes,
            arrayConcat([0], arrayCumSum(minutes.2)) AS ups,
            arrayConcat([0], arrayCumSum(minutes.3)) AS downs,
            toUInt64(length(minutes)) AS n
        FROM filled
    )
SELECT
    length_in_minutes * 60 AS window_s,
    tupleElement(worst, 2) AS up_us,
    tupleElement(worst, 3) AS down_us,
    {since:Int64} + toInt64(tupleElement(worst, 4)) * 60000000 AS end_us
FROM
(
    SELECT
        arrayJoin(arrayDistinct(arrayConcat(arrayFilter(m -> m < n, [1, 5, 15, 60, 360, 1440]), [n]))) AS length_in_minutes,
        arraySort(arrayFilter(w -> w.2 + w.3 > 0, arrayMap(
            last -> (
                (ups[last + 1] - ups[last + 1 - length_in_minutes])
                    / (ups[last + 1] - ups[last + 1 - length_in_minutes] + downs[last + 1] - downs[last + 1 - length_in_minutes]),
                ups[last + 1] - ups[last + 1 - length_in_minutes],
                downs[last + 1] - downs[last + 1 - length_in_minutes],
                last),
            range(length_in_minutes, n + 1))))[1] AS worst
    FROM summed
)
WHERE up_us + down_us > 0
ORDER BY window_s
