-- SPDX-License-Identifier: Apache-2.0
-- Question: which attempts broke in a period, the newest first?
-- Broken: failed, and no later attempt of the step in the same journey succeeded within 60 s.
--
-- Parameters:
--   since, until   Int64    the period, microseconds since the epoch; `until` is outside
--   count          UInt32   rows at most
-- Columns:
--   time_us      Int64    when the request arrived, microseconds since the epoch
--   journey      String   name of the journey
--   journey_id   String   its id
--   step         String   name of the step
--   status       UInt16   0 when no head was sent
--   service      String   which service answered
--   trace_id     String   32 hex digits
WITH
    bad AS
    (
        SELECT ts, journey, journey_id, step, status, service, trace_id, span_id
        FROM steps
        WHERE failed AND step != ''
            AND ts >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
            AND ts < fromUnixTimestamp64Micro({until:Int64}, 'UTC')
    ),
    good AS
    (
        SELECT ts, journey, journey_id, step
        FROM steps
        WHERE NOT failed
            AND ts > fromUnixTimestamp64Micro({since:Int64}, 'UTC')
            AND ts < fromUnixTimestamp64Micro({until:Int64} + 60000000, 'UTC')
            AND (journey, journey_id, step) IN (SELECT journey, journey_id, step FROM bad)
    )
SELECT
    toUnixTimestamp64Micro(bad.ts) AS time_us,
    bad.journey AS journey,
    bad.journey_id AS journey_id,
    bad.step AS step,
    bad.status AS status,
    bad.service AS service,
    lower(hex(bad.trace_id)) AS trace_id
FROM bad
ASOF LEFT JOIN good
    ON good.journey = bad.journey AND good.journey_id = bad.journey_id AND good.step = bad.step AND good.ts > bad.ts
WHERE good.journey_id = '' OR good.ts > bad.ts + INTERVAL 60 SECOND
ORDER BY bad.ts DESC, bad.span_id
LIMIT {count:UInt32}
