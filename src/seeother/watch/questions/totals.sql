-- SPDX-License-Identifier: Apache-2.0
-- Question: how often was each step attempted, ever?
--
-- Columns:
--   journey, step   String   names
--   attempts        UInt64   attempts
--   failed          UInt64   attempts that failed
--   http_errors     UInt64   failed attempts with a status of 400 or more
--   replayed        UInt64   attempts answered by the ledger
--   duration_us     UInt64   sum over the attempts, microseconds
SELECT
    journey,
    step,
    sum(step_minutes.attempts) AS attempts,
    sum(step_minutes.failed) AS failed,
    sum(step_minutes.http_errors) AS http_errors,
    sum(step_minutes.replayed) AS replayed,
    sum(step_minutes.duration_us) AS duration_us
FROM step_minutes
GROUP BY journey, step
ORDER BY journey, step
