-- SPDX-License-Identifier: Apache-2.0
-- Question: what happened on one journey, in order?
--
-- Parameters:
--   journey_id   String   id of the journey
--   count        UInt32   rows at most
-- Columns:
--   time_us       Int64     when the request arrived, microseconds since the epoch
--   journey       String    name of the journey
--   step          String    empty where the exchange attempted none
--   service       String    which service answered
--   method        String    of the request
--   route         String    template, empty when unknown
--   status        UInt16    0 when no head was sent
--   duration_us   UInt64    from request to end of answer, microseconds
--   failed        Bool      whether the attempt failed
--   trace_id      String    32 hex digits
SELECT
    toUnixTimestamp64Micro(ts) AS time_us,
    journey,
    step,
    service,
    method,
    route,
    status,
    duration_us,
    failed,
    lower(hex(trace_id)) AS trace_id
FROM steps
WHERE journey_id = {journey_id:String}
ORDER BY ts, span_id
LIMIT {count:UInt32}
