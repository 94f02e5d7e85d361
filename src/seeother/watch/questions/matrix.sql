-- SPDX-License-Identifier: Apache-2.0
-- Question: how did each step of a journey fare in a period, as far as the counts by minute tell?
-- Steps without traffic have no row. Means are exact: divide the sums. Percentiles are read from logarithmic buckets and
-- lie within 4.5 % of the value at that rank; 0 when there is none. Synthetic traffic is left out.
--
-- Parameters:
--   journey        String   name of the journey
--   since, until   Int64    the period in whole minutes, microseconds since the epoch; `until` is outside
-- Columns:
--   step                  String    name of the step
--   attempts              UInt64    attempts of the step
--   failed                UInt64    attempts that failed
--   http_errors           UInt64    failed attempts with a status of 400 or more
--   replayed              UInt64    attempts answered by the ledger
--   duration_us           UInt64    sum over the attempts, microseconds
--   served                UInt64    successful answers with the step's page
--   views                 UInt64    views of the page that a browser reported
--   completed             UInt64    of these, views whose document was complete
--   dom_complete_us       UInt64    sum over `completed`, microseconds
--   slow                  UInt64    views with more than 8 s to complete, or never
--   first_screens         UInt64    views with a first screen
--   first_screen_us       Int64     sum over `first_screens`, microseconds
--   errors                UInt64    JavaScript errors
--   error_views           UInt64    views with at least one
--   answer_p50_us         Float64   of the attempts' durations, microseconds, like all that follow
--   answer_p95_us         Float64
--   dom_complete_p75_us   Float64
--   dom_complete_p95_us   Float64
--   first_screen_p50_us   Float64
--   first_screen_p75_us   Float64
--   first_screen_p95_us   Float64
WITH
    toDateTime(intDiv({since:Int64}, 1000000), 'UTC') AS first_minute,
    toDateTime(intDiv({until:Int64}, 1000000), 'UTC') AS end_minute
-- Added up, not joined: planning a join takes longer than reading the minutes.
SELECT
    step,
    sum(counts[1]) AS attempts,
    sum(counts[2]) AS failed,
    sum(counts[3]) AS http_errors,
    sum(counts[4]) AS replayed,
    sum(counts[5]) AS duration_us,
    sum(counts[6]) AS served,
    sum(counts[7]) AS views,
    sum(counts[8]) AS completed,
    sum(counts[9]) AS dom_complete_us,
    sum(counts[10]) AS slow,
    sum(counts[11]) AS first_screens,
    sum(screen_us) AS first_screen_us,
    sum(counts[12]) AS errors,
    sum(counts[13]) AS error_views,
    sum(ranks[1]) AS answer_p50_us,
    sum(ranks[2]) AS answer_p95_us,
    sum(ranks[3]) AS dom_complete_p75_us,
    sum(ranks[4]) AS dom_complete_p95_us,
    sum(ranks[5]) AS first_screen_p50_us,
    sum(ranks[6]) AS first_screen_p75_us,
    sum(ranks[7]) AS first_screen_p95_us
FROM
(
    SELECT
        step,
        [sum(step_minutes.attempts), sum(step_minutes.failed), sum(step_minutes.http_errors), sum(step_minutes.replayed),
            sum(step_minutes.duration_us)] AS counts,
        toInt64(0) AS screen_us,
        emptyArrayFloat64() AS ranks
    FROM step_minutes
    WHERE journey = {journey:String} AND minute >= first_minute AND minute < end_minute
    GROUP BY step
    UNION ALL
    SELECT
        step,
        [0, 0, 0, 0, 0, sum(page_minutes.served), sum(page_minutes.views), sum(page_minutes.completed),
            sum(page_minutes.dom_complete_us), sum(page_minutes.slow), sum(page_minutes.first_screens),
            sum(page_minutes.errors), uniqExactMerge(page_minutes.error_views)],
        sum(page_minutes.first_screen_us),
        emptyArrayFloat64()
    FROM page_minutes
    WHERE journey = {journey:String} AND minute >= first_minute AND minute < end_minute
    GROUP BY step
    UNION ALL
    SELECT
        step,
        emptyArrayUInt64(),
        toInt64(0),
        multiIf(
            measure = 'answer', [at[1], at[3]],
            measure = 'dom_complete', [0., 0., at[2], at[3]],
            [0., 0., 0., 0., at[1], at[2], at[3]])
    FROM
    (
        SELECT
            step,
            measure,
            arraySort(groupArray((bucket, counted))) AS found,
            arrayCumSum(found.2) AS up_to,
            -- The middle of the bucket, on a logarithmic scale, in which the value of rank `part` lies.
            arrayMap(part -> exp2((found.1[arrayFirstIndex(rank -> rank >= part * up_to[-1], up_to)] + 0.5) / 8) - 1,
                [0.5, 0.75, 0.95]) AS at
        FROM
        (
            SELECT step, measure, bucket, sum(n) AS counted
            FROM bucket_minutes
            WHERE journey = {journey:String} AND measure IN ('answer', 'dom_complete', 'first_screen')
                AND minute >= first_minute AND minute < end_minute
            GROUP BY step, measure, bucket
            HAVING counted > 0
        )
        GROUP BY step, measure
    )
)
GROUP BY step
ORDER BY step
