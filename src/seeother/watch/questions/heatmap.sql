-- SPDX-License-Identifier: Apache-2.0
-- Question: which status did each route of a journey answer with, and when?
-- Slots count from `since`. Of more than 100,000 rows, those with the fewest exchanges are left out. Synthetic traffic is
-- left out.
--
-- Parameters:
--   journey        String   name of the journey
--   since, until   Int64    the period in whole minutes, microseconds since the epoch; `until` is outside
--   slot           Int64    length of a slot, microseconds
--   grain          Int64    length of the counts that are read, minutes: 1, 10, 60 or 1440; `since` and `slot` are
--                           multiples of it, and what is left before `until` is read by the minute
-- Columns:
--   time_us     Int64    start of the slot, microseconds since the epoch
--   method      String   of the request
--   route       String   template, empty when unknown
--   status      UInt16   0 when no head was sent
--   exchanges   UInt64   exchanges with that answer
--   failed      UInt64   of these, exchanges that failed
WITH
    toDateTime(intDiv({since:Int64}, 1000000), 'UTC') AS first,
    toDateTime(intDiv({until:Int64}, 60000000 * {grain:Int64}) * 60 * {grain:Int64}, 'UTC') AS rest
SELECT
    {since:Int64} + intDiv(toUnixTimestamp(start) * 1000000 - {since:Int64}, {slot:Int64}) * {slot:Int64} AS time_us,
    method,
    route,
    status,
    sum(status_counts.exchanges) AS exchanges,
    sum(status_counts.failed) AS failed
FROM status_counts
WHERE journey = {journey:String}
    AND ((grain = {grain:Int64} AND start >= first AND start < rest)
        OR (grain = 1 AND start >= greatest(first, rest) AND start < toDateTime(intDiv({until:Int64}, 1000000), 'UTC')))
GROUP BY time_us, method, route, status
ORDER BY exchanges DESC, time_us, route, method, status
LIMIT 100000
