-- SPDX-License-Identifier: Apache-2.0
-- Question: how did each step of a journey fare in a period, as far as counts tell?
-- One row a step, measure and bucket; a measure without a row is 0. Means are exact: divide the sums. Percentiles are
-- read from the buckets (measures.py), on a logarithmic scale: b is for values from 2^(b/8) - 1 to below
-- 2^((b+1)/8) - 1 microseconds. Synthetic traffic is left out.
-- Measures, and what `total` is of them:
--   answer            attempts of the step, by their duration
--   answer_us         sum of these durations, microseconds
--   failed            attempts that failed
--   http_error        failed attempts with a status of 400 or more
--   replayed          attempts answered by the ledger
--   served            successful answers with the step's page
--   view              views of the page that a browser reported
--   slow              of these, views with more than 8 s to complete, or never
--   dom_complete      of these, views whose document was complete, by how long that took
--   dom_complete_us   sum of these durations, microseconds
--   first_screen      views with a first screen, by how long that took
--   first_screen_us   sum of these durations, microseconds
--   error             JavaScript errors
--
-- Parameters:
--   journey   String   name of the journey
--   slots     Array    of the period: (minutes, start in seconds since the epoch), as in slots.py
-- Columns:
--   step      String   name of the step
--   measure   String   as above
--   bucket    UInt16   of durations; else 0
--   total     Int64    count, or sum in microseconds
SELECT
    step,
    toString(counts.measure) AS measure,
    bucket,
    sum(n) AS total
FROM counts
WHERE journey = {journey:String} AND (grain, start) IN {slots:Array(Tuple(UInt16, DateTime('UTC')))}
GROUP BY step, counts.measure, bucket
ORDER BY step, measure, bucket
