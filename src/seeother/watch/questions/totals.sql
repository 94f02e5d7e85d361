-- SPDX-License-Identifier: Apache-2.0
-- Question: how often was each step attempted, ever?
--
-- Columns:
--   journey, step   String   names
--   attempts        Int64    attempts
--   failed          Int64    attempts that failed
--   http_errors     Int64    failed attempts with a status of 400 or more
--   replayed        Int64    attempts answered by the ledger
--   duration_us     Int64    sum over the attempts, microseconds
SELECT
    journey,
    step,
    sumIf(n, measure = 'answer') AS attempts,
    sumIf(n, measure = 'failed') AS failed,
    sumIf(n, measure = 'http_error') AS http_errors,
    sumIf(n, measure = 'replayed') AS replayed,
    sumIf(n, measure = 'answer_us') AS duration_us
FROM counts
WHERE grain = 1440 AND measure IN ('answer', 'failed', 'http_error', 'replayed', 'answer_us')
GROUP BY journey, step
ORDER BY journey, step
