-- SPDX-License-Identifier: Apache-2.0
-- Question: how much of their time could people go on, in the worst window of each length, the first of those alike?
-- Windowed user-uptime (Hauer et al., Meaningful Availability, NSDI 2020): a journey is up from an attempt that did not
-- fail to its next attempt, down from one that failed, and neither once it has been idle for `abandoned_after`. Shares
-- are of the time of all journeys together, so neither busy people nor those who stop trying in an outage distort them.
-- Windows end with each minute of the period and lie within it; those in which nobody was active are left out.
-- Told in the order of `windows`. Synthetic traffic is left out. As of the last recount.
--
-- Parameters:
--   journey      String   name of the journey
--   first, end   UInt32   the period, minutes since the epoch; `end` is outside
--   windows      Array    lengths of windows, minutes, none longer than the period: as in windows.py
-- Columns:
--   window_s   UInt64   length of the window, seconds
--   up_us      Int64    time of all journeys in the worst window, microseconds
--   down_us    Int64    time they could not go on, microseconds
--   end_us     Int64    end of that window, microseconds since the epoch
SELECT
    minutes * 60 AS window_s,
    ups[place + minutes] - ups[place] AS up_us,
    totals[place + minutes] - totals[place] - up_us AS down_us,
    toInt64({first:UInt32} + place + minutes - 1) * 60000000 AS end_us
FROM
(
    SELECT
        ups, totals,
        arrayJoin({windows:Array(UInt32)}) AS minutes,
        -- The lambda reaches out for nothing: of that it would get a copy for each of its elements.
        arrayMap(
            (up, up_before, total, total_before) -> if(total = total_before, 2, (up - up_before) / (total - total_before)),
            arraySlice(ups, minutes + 1), arrayResize(ups, length(ups) - minutes),
            arraySlice(totals, minutes + 1), arrayResize(totals, length(ups) - minutes)) AS shares,
        indexOf(shares, arrayMin(shares)) AS place
    FROM
    (
        -- A sum for each minute, and for the one before, of which nothing is read: all else is the difference of two.
        SELECT
            arrayCumSum(sumIfResample({first:UInt32} * 60 - 60, {end:UInt32} * 60, 60)(
                n, measure = 'up_us', toUnixTimestamp(start))) AS ups,
            arrayCumSum(sumResample({first:UInt32} * 60 - 60, {end:UInt32} * 60, 60)(n, toUnixTimestamp(start))) AS totals
        FROM attempt_counts
        WHERE journey = {journey:String} AND question = 'uptime' AND grain = 1
            AND start >= toDateTime({first:UInt32} * 60, 'UTC') AND start < toDateTime({end:UInt32} * 60, 'UTC')
    )
)
WHERE totals[place + minutes] != totals[place]
