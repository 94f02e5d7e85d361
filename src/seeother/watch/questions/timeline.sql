-- SPDX-License-Identifier: Apache-2.0
-- Question: what happened on one journey, in order?
--
-- Parameters:
--   journey_id     String   id of the journey
--   since, until   Int64    the period, microseconds since the epoch; `until` is outside
--   count          UInt32   rows at most
-- Columns:
--   time_us           Int64    when the request arrived, or when the browser noted it; microseconds since the epoch
--   kind              String   exchange; of a browser: navigation, vital, error
--   journey           String   name of the journey
--   step              String   empty where the exchange attempted none; of a page, the step it belongs to
--   service           String   which service answered
--   method            String   of the request
--   route             String   template, empty when unknown
--   status            UInt16   0 when no head was sent
--   duration_us       UInt64   of an exchange, from request to end of answer, microseconds
--   failed            Bool     whether the attempt failed
--   error_type        String   empty when none
--   replayed          Bool     whether the ledger answered
--   dom_complete_us   UInt64   of a navigation, from its start, microseconds; 0 when never complete
--   first_screen_us   Int64    of a vital, so far, microseconds
--   trace_id          String   32 hex digits
--   span_id           String   16 hex digits
SELECT
    time_us, kind, journey, step, service, method, route, status, duration_us, failed, error_type, replayed,
    dom_complete_us, first_screen_us, trace_id, span_id
FROM
(
    SELECT
        toUnixTimestamp64Micro(ts) AS time_us, 'exchange' AS kind, toString(journey) AS journey, toString(step) AS step,
        toString(service) AS service, toString(method) AS method, toString(route) AS route, status, duration_us, failed,
        toString(error_type) AS error_type, replayed, toUInt64(0) AS dom_complete_us, toInt64(0) AS first_screen_us,
        lower(hex(steps.trace_id)) AS trace_id, lower(hex(steps.span_id)) AS span_id
    FROM steps
    WHERE journey_id = {journey_id:String}
        AND ts >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
        AND ts < fromUnixTimestamp64Micro({until:Int64}, 'UTC')
    UNION ALL
    SELECT
        toUnixTimestamp64Micro(ts) AS time_us, toString(pages.kind) AS kind, toString(journey) AS journey,
        toString(step) AS step, toString(service) AS service, '' AS method, toString(route) AS route,
        toUInt16(0) AS status, toUInt64(0) AS duration_us, false AS failed, toString(error_type) AS error_type,
        false AS replayed, dom_complete_us, first_screen_us,
        lower(hex(pages.trace_id)) AS trace_id, lower(hex(pages.span_id)) AS span_id
    FROM pages
    WHERE journey_id = {journey_id:String}
        AND ts >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
        AND ts < fromUnixTimestamp64Micro({until:Int64}, 'UTC')
)
ORDER BY time_us, kind, span_id
LIMIT {count:UInt32}
