-- SPDX-License-Identifier: Apache-2.0
-- Question: how much of their time could people go on, in the worst window of each length, the first of those alike?
-- Windowed user-uptime (Hauer et al., Meaningful Availability, NSDI 2020): a journey is up from an attempt that did not
-- fail to its next attempt, down from one that failed, and neither once it has been idle for `abandoned_after`. Shares
-- are of the time of all journeys together, so neither busy people nor those who stop trying in an outage distort them.
-- Windows end with each minute of the period and lie within it; those in which nobody was active are left out.
-- Synthetic traffic is left out. As of the last recount.
--
-- Parameters:
--   journey        String   name of the journey
--   since, until   Int64    the period in whole minutes, microseconds since the epoch; `until` is outside
-- Columns:
--   window_s   UInt64   length of the window, seconds: 1, 5 and 15 minutes, 1 and 6 hours, 1 day; the whole period last
--   up_us      Int64    time of all journeys in the worst window, microseconds
--   down_us    Int64    time they could not go on, microseconds
--   end_us     Int64    end of that window, microseconds since the epoch
SELECT
    minutes * 60 AS window_s,
    ups[place + minutes] - ups[place] AS up_us,
    downs[place + minutes] - downs[place] AS down_us,
    {since:Int64} + toInt64(place + minutes - 1) * 60000000 AS end_us
FROM
(
    SELECT
        ups, downs,
        arrayJoin(arrayDistinct(arrayConcat(arrayFilter(m -> m < n, [1, 5, 15, 60, 360, 1440]), [n]))) AS minutes,
        -- The lambda reaches out for nothing: of that it would get a copy for each of its elements.
        arrayMap(
            (up_to, up_from, down_to, down_from) ->
                ifNotFinite((up_to - up_from) / (up_to - up_from + down_to - down_from), 2),
            arraySlice(ups, minutes + 1), arraySlice(ups, 1, n + 1 - minutes),
            arraySlice(downs, minutes + 1), arraySlice(downs, 1, n + 1 - minutes)) AS shares,
        indexOf(shares, arrayMin(shares)) AS place
    FROM
    (
        SELECT
            toUInt64(intDiv({until:Int64} - {since:Int64}, 60000000)) AS n,
            arrayConcat([0], arrayCumSum(arrayResize(groupArrayInsertAt(up, place), n))) AS ups,
            arrayConcat([0], arrayCumSum(arrayResize(groupArrayInsertAt(down, place), n))) AS downs
        FROM
        (
            SELECT
                toUInt32(intDiv(toInt64(toUnixTimestamp(start)) * 1000000 - {since:Int64}, 60000000)) AS place,
                sumIf(attempt_counts.n, measure = 'up_us') AS up,
                sumIf(attempt_counts.n, measure = 'down_us') AS down
            FROM attempt_counts
            WHERE journey = {journey:String} AND measure IN ('up_us', 'down_us') AND grain = 1
                AND start >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
                AND start < fromUnixTimestamp64Micro({until:Int64}, 'UTC')
            GROUP BY start
        )
    )
)
WHERE up_us + down_us > 0
ORDER BY window_s
