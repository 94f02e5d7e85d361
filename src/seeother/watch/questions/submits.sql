-- SPDX-License-Identifier: Apache-2.0
-- Question: how long did the answer to a submit take, beside the page that followed it?
-- One row a step, status and measure; a measure without a row is 0. A submit is an attempt with an unsafe method. Its
-- page is the first that a browser of the same journey reported afterwards, within 60 s; the durations come from one
-- clock each and are joined by ids alone. Means are exact: divide the sums. Percentiles are read from logarithmic buckets
-- and lie within 4.5 % of the value at that rank. Synthetic traffic is left out. As of the last recount.
-- Measures, and what `total` is of them:
--   submit        attempts; percentiles of how long their answers took
--   submit_us     sum of these durations, microseconds
--   followed      attempts with a page that followed
--   slow          of these, attempts whose page took more than 8 s to complete, or was never complete
--   complete      of `followed`, attempts whose page was complete; percentiles of how long that took
--   complete_us   sum of these durations, microseconds
--
-- Parameters:
--   journey   String   name of the journey
--   slots     Array    of the period: (minutes, start in seconds since the epoch), as in slots.py
-- Columns:
--   step      String    name of the step
--   status    UInt16    0 when no head was sent
--   measure   String    as above
--   total     Int64     count, or sum in microseconds; never 0
--   p50_us    Float64   microseconds, like the next; without meaning where no percentiles are named
--   p95_us    Float64
SELECT
    step,
    status,
    toString(measure) AS measure,
    sum(counted) AS total,
    -- The middle of the bucket, on a logarithmic scale, in which the value of that rank lies.
    exp2((quantilesExactWeighted(0.5, 0.95)(bucket, weight) AS ranks)[1] / 8 + 0.0625) - 1 AS p50_us,
    exp2(ranks[2] / 8 + 0.0625) - 1 AS p95_us
FROM
(
    SELECT step, status, measure, bucket, sum(n) AS counted, toUInt64(greatest(counted, 0)) AS weight
    FROM attempt_counts
    WHERE journey = {journey:String}
        AND measure IN ('submit', 'submit_us', 'followed', 'slow', 'complete', 'complete_us')
        AND (grain, start) IN {slots:Array(Tuple(UInt16, DateTime('UTC')))}
    GROUP BY step, status, measure, bucket
)
GROUP BY step, status, measure
HAVING total != 0
ORDER BY step, status, measure
