-- SPDX-License-Identifier: Apache-2.0
-- Question: what did the rules find in a period, the newest first?
--
-- Parameters:
--   since, until   Int64    the period, microseconds since the epoch; `until` is outside
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
    lower(hex(trace_id)) AS trace_id
FROM findings
WHERE ts >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
    AND ts < fromUnixTimestamp64Micro({until:Int64}, 'UTC')
ORDER BY ts DESC, span_id, rule
LIMIT {count:UInt32}
