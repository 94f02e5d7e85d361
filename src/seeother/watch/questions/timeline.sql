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
    toUnixTimestamp64Micro(ts) AS time_us, kind, journey, step, service, method, route, status, duration_us, failed, error_type,
    replayed, dom_complete_us, first_screen_us, lower(hex(told.trace_id)) AS trace_id, lower(hex(told.span_id)) AS span_id
FROM
(
    SELECT
        ts, 'exchange' AS kind, journey, step, service, method, route, status, duration_us, failed, error_type, replayed,
        0 AS dom_complete_us, 0 AS first_screen_us, trace_id, span_id
    FROM steps
    WHERE journey_id = {journey_id:String}
        AND ts >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
        AND ts < fromUnixTimestamp64Micro({until:Int64}, 'UTC')
    UNION ALL
    SELECT
        ts, kind, journey, step, service, '' AS method, route, 0 AS status, 0 AS duration_us, false AS failed, error_type,
        false AS replayed, dom_complete_us, first_screen_us, trace_id, span_id
    FROM pages
    WHERE journey_id = {journey_id:String}
        AND ts >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
        AND ts < fromUnixTimestamp64Micro({until:Int64}, 'UTC')
) AS told
ORDER BY time_us, kind, span_id
LIMIT {count:UInt32}
