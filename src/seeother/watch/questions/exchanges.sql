-- SPDX-License-Identifier: Apache-2.0
-- Question: which exchanges of a journey are behind a cell of the matrix or of the heat map, the newest first?
-- Synthetic traffic is left out.
--
-- Parameters:
--   journey        String   name of the journey
--   step           String   name of the step; empty for all
--   method         String   of the request; empty for all
--   route          String   template; empty for all
--   status         Int32    of the answer, 0 when no head was sent; -1 for all
--   failed         Bool     only those that failed
--   since, until   Int64    the period, microseconds since the epoch; `until` is outside
--   before_us      Int64    where the last page ended: the `time_us` of its last row, or any later moment
--   before_id      String   the `span_id` of that row: told again are those like it; empty for any
--   count          UInt32   rows at most
-- Columns:
--   time_us       Int64    when the request arrived, microseconds since the epoch
--   journey_id    String   id of the journey
--   step          String   empty where the exchange attempted none
--   service       String   which service answered
--   method        String   of the request
--   route         String   template, empty when unknown
--   status        UInt16   0 when no head was sent
--   duration_us   UInt64   from request to end of answer, microseconds
--   failed        Bool     whether it failed
--   trace_id      String   32 hex digits
--   span_id       String   16 hex digits
SELECT
    toUnixTimestamp64Micro(ts) AS time_us,
    journey_id,
    step,
    service,
    method,
    route,
    status,
    duration_us,
    failed,
    lower(hex(steps.trace_id)) AS trace_id,
    lower(hex(steps.span_id)) AS span_id
FROM steps
WHERE journey = {journey:String} AND synthetic = ''
    AND ({step:String} = '' OR step = {step:String})
    AND ({method:String} = '' OR method = {method:String})
    AND ({route:String} = '' OR route = {route:String})
    AND ({status:Int32} < 0 OR status = {status:Int32})
    AND (NOT {failed:Bool} OR failed)
    AND ts >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
    AND ts < fromUnixTimestamp64Micro({until:Int64}, 'UTC')
    AND (ts < fromUnixTimestamp64Micro({before_us:Int64}, 'UTC')
        OR (ts = fromUnixTimestamp64Micro({before_us:Int64}, 'UTC') AND lower(hex(steps.span_id)) >= {before_id:String}))
ORDER BY ts DESC, steps.span_id, journey_id, step, service, method, route, status, duration_us, failed, steps.trace_id
LIMIT {count:UInt32}
