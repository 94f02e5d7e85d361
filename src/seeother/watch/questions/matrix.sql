-- SPDX-License-Identifier: Apache-2.0
-- Question: how did each step of a journey fare in a period, as far as counts tell?
-- One row a step and measure; a measure without a row is 0. Means are exact: divide the sums. Percentiles are read from
-- logarithmic buckets and lie within 4.5 % of the value at that rank. Synthetic traffic is left out.
-- Measures, and what `total` is of them:
--   answer            attempts of the step; percentiles of their durations
--   answer_us         sum of these durations, microseconds
--   failed            attempts that failed
--   http_error        failed attempts with a status of 400 or more
--   replayed          attempts answered by the ledger
--   served            successful answers with the step's page
--   view              views of the page that a browser reported
--   slow              of these, views with more than 8 s to complete, or never
--   dom_complete      of these, views whose document was complete; percentiles of how long that took
--   dom_complete_us   sum of these durations, microseconds
--   first_screen      views with a first screen; percentiles of how long that took
--   first_screen_us   sum of these durations, microseconds
--   error             JavaScript errors
--
-- Parameters:
--   journey   String   name of the journey
--   slots     Array    of the period: (minutes, start in seconds since the epoch), as in slots.py
-- Columns:
--   step      String    name of the step
--   measure   String    as above
--   total     Int64     count, or sum in microseconds
--   views     UInt64    of `error`, views with at least one; else without meaning
--   p50_us    Float64   microseconds, like all that follow; without meaning where no percentiles are named
--   p75_us    Float64
--   p95_us    Float64
SELECT
    step,
    toString(measure) AS measure,
    sum(counted) AS total,
    max(viewed) AS views,
    -- The middle of the bucket, on a logarithmic scale, in which the value of that rank lies.
    exp2((quantilesExactWeighted(0.5, 0.75, 0.95)(bucket, weight) AS ranks)[1] / 8 + 0.0625) - 1 AS p50_us,
    exp2(ranks[2] / 8 + 0.0625) - 1 AS p75_us,
    exp2(ranks[3] / 8 + 0.0625) - 1 AS p95_us
FROM
(
    SELECT
        step,
        measure,
        bucket,
        sum(n) AS counted,
        toUInt64(greatest(counted, 0)) AS weight,
        uniqExactIf(page_view, measure = 'error') AS viewed
    FROM counts
    WHERE journey = {journey:String} AND (grain, start) IN {slots:Array(Tuple(UInt16, DateTime('UTC')))}
    GROUP BY step, measure, bucket
)
GROUP BY step, measure
ORDER BY step, measure
