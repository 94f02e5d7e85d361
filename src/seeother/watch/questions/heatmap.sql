-- SPDX-License-Identifier: Apache-2.0
-- Question: which status did each route of a journey answer with, and when?
-- Slots count from `since`. Of more than 500 routes, those with the fewest exchanges are called `other`. Synthetic
-- traffic is left out.
--
-- Parameters:
--   journey        String   name of the journey
--   since, until   Int64    the period in whole minutes, microseconds since the epoch; `until` is outside
--   slot           Int64    length of a slot in whole minutes, microseconds
-- Columns:
--   time_us     Int64    start of the slot, microseconds since the epoch
--   method      String   of the request
--   route       String   template, empty when unknown
--   status      UInt16   0 when no head was sent
--   exchanges   UInt64   exchanges with that answer
--   failed      UInt64   of these, exchanges that failed
WITH
    toDateTime(intDiv({since:Int64}, 1000000), 'UTC') AS first_minute,
    toDateTime(intDiv({until:Int64}, 1000000), 'UTC') AS end_minute,
    known AS
    (
        SELECT route
        FROM status_minutes
        WHERE journey = {journey:String} AND minute >= first_minute AND minute < end_minute
        GROUP BY route
        ORDER BY sum(exchanges) DESC, route
        LIMIT 500
    )
SELECT
    {since:Int64} + intDiv(toInt64(toUnixTimestamp(minute)) * 1000000 - {since:Int64}, {slot:Int64}) * {slot:Int64} AS time_us,
    if(status_minutes.route IN known AS is_known, status_minutes.method, '') AS method,
    if(is_known, status_minutes.route, 'other') AS route,
    status,
    sum(status_minutes.exchanges) AS exchanges,
    sum(status_minutes.failed) AS failed
FROM status_minutes
WHERE journey = {journey:String} AND minute >= first_minute AND minute < end_minute
GROUP BY time_us, method, route, status
ORDER BY time_us, route, method, status
