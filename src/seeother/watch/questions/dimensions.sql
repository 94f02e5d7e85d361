-- SPDX-License-Identifier: Apache-2.0
-- Question: which status did the attempts of a step get, by what is known of the client?
-- Synthetic traffic is left out.
--
-- Parameters:
--   journey   String   name of the journey
--   step      String   name of the step; empty for all
--   slots     Array    of the period: (minutes, start in seconds since the epoch), as in slots.py
-- Columns:
--   dimension   String   browser, browser_version, os, os_version, device, country, version or region
--   value       String   such as iOS 17.4
--   status      UInt16   0 when no head was sent
--   attempts    UInt64   attempts with that answer
--   failed      UInt64   of these, attempts that failed
SELECT
    dimension,
    value,
    status,
    sum(dimension_counts.attempts) AS attempts,
    sum(dimension_counts.failed) AS failed
FROM dimension_counts
WHERE journey = {journey:String} AND step = {step:String}
    AND (grain, start) IN {slots:Array(Tuple(UInt16, DateTime('UTC')))}
GROUP BY dimension, value, status
ORDER BY dimension, attempts DESC, value, status
