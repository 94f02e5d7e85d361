-- SPDX-License-Identifier: Apache-2.0
-- Question: what did the rules find in a period, the newest first?
--
-- Parameters:
--   since, until   Int64    the period, microseconds since the epoch; `until` is outside
--   rule           String   only findings of this one; empty for all
--   journey        String   only findings on journeys of this name; empty for all
--   before_us      Int64    where the last page ended: the `time_us` of its last row, or any later moment
--   before_id      String   the `span_id` of that row, then its `rule`: told again are those like it; empty for any
--   count          UInt32   rows at most
-- Columns:
--   time_us      Int64    when the exchange happened, microseconds since the epoch
--   rule         String   its code, such as RED001
--   name         String   its name
--   severity     String   error, warning or advice
--   message      String   the finding in one sentence
--   method       String   of the request
--   route        String   template, empty when unknown
--   status       UInt16   of the answer, 0 when none
--   repaired     Bool     whether the guard mended it
--   service      String   which service answered
--   journey      String   empty outside a journey
--   journey_id   String   empty outside a journey
--   step         String   empty where no step was attempted
--   trace_id     String   32 hex digits, all zero outside a trace
--   span_id      String   16 hex digits, all zero outside a trace
SELECT
    toUnixTimestamp64Micro(ts) AS time_us,
    rule,
    name,
    severity,
    message,
    method,
    route,
    status,
    repaired,
    service,
    journey,
    journey_id,
    step,
    lower(hex(trace_id)) AS trace_id,
    lower(hex(findings.span_id)) AS span_id
FROM findings
WHERE ts >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
    AND ts < fromUnixTimestamp64Micro({until:Int64}, 'UTC')
    AND ({rule:String} = '' OR rule = {rule:String})
    AND ({journey:String} = '' OR journey = {journey:String})
    AND (ts < fromUnixTimestamp64Micro({before_us:Int64}, 'UTC')
        OR (ts = fromUnixTimestamp64Micro({before_us:Int64}, 'UTC')
            AND concat(lower(hex(findings.span_id)), rule) >= {before_id:String}))
-- What is equal in the three is told by all the rest, for pages to agree on its order.
ORDER BY
    ts DESC, findings.span_id, rule, name, severity, message, method, route, status, repaired, service, journey, journey_id,
    step, findings.trace_id
LIMIT {count:UInt32}
