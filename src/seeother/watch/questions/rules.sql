-- SPDX-License-Identifier: Apache-2.0
-- Question: how often was each rule violated in a period?
--
-- Parameters:
--   since, until   Int64    the period, microseconds since the epoch; `until` is outside
-- Columns:
--   rule       String   its code, such as RED001
--   name       String   its name
--   severity   String   error, warning or advice
--   findings   UInt64   how often
--   repaired   UInt64   of these, how often a guard mended it
--   journeys   UInt64   journeys that met it
--   first_us   Int64    the first of them, microseconds since the epoch
--   last_us    Int64    the last of them, microseconds since the epoch
SELECT
    rule,
    argMax(findings.name, ts) AS name,
    argMax(findings.severity, ts) AS severity,
    count() AS findings,
    countIf(findings.repaired) AS repaired,
    uniqExactIf((journey, journey_id), journey_id != '') AS journeys,
    toUnixTimestamp64Micro(min(ts)) AS first_us,
    toUnixTimestamp64Micro(max(ts)) AS last_us
FROM findings
WHERE ts >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
    AND ts < fromUnixTimestamp64Micro({until:Int64}, 'UTC')
GROUP BY rule
ORDER BY findings DESC, rule
