-- SPDX-License-Identifier: Apache-2.0
-- Question: how long did the answer to a submit take, beside the page that followed it?
-- One row a step, status, measure and bucket; a measure without a row is 0. A submit is an attempt with an unsafe method. Its
-- page is the first that a browser of the same journey reported afterwards, within 60 s; the durations come from one
-- clock each and are joined by ids alone. Means and percentiles are found as those of the question `matrix`. Synthetic
-- traffic is left out. As of the last recount.
-- Measures, and what `total` is of them:
--   submit        attempts, by how long their answers took
--   submit_us     sum of these durations, microseconds
--   followed      attempts with a page that followed
--   slow          of these, attempts whose page took more than 8 s to complete, or was never complete
--   complete      of `followed`, attempts whose page was complete, by how long that took
--   complete_us   sum of these durations, microseconds
--
-- Parameters:
--   journey   String   name of the journey
--   slots     Array    of the period: (minutes, start in seconds since the epoch), as in slots.py
-- Columns:
--   step      String   name of the step
--   status    UInt16   0 when no head was sent
--   measure   String   as above
--   bucket    UInt16   of durations; else 0
--   total     Int64    count, or sum in microseconds; never 0
SELECT
    step,
    status,
    toString(attempt_counts.measure) AS measure,
    bucket,
    sum(n) AS total
FROM attempt_counts
WHERE journey = {journey:String} AND question = 'submits'
    AND (grain, start) IN {slots:Array(Tuple(UInt16, DateTime('UTC')))}
GROUP BY step, status, attempt_counts.measure, bucket
HAVING total != 0
ORDER BY step, status, measure, bucket
