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
    toDateTime(intDiv({until:Int64}, 1000000), 'UTC') AS end_minute,
    attempted AS
    (
        SELECT
            step_minutes.step AS step, sum(step_minutes.attempts) AS attempts, sum(step_minutes.failed) AS failed,
            sum(step_minutes.http_errors) AS http_errors, sum(step_minutes.replayed) AS replayed,
            sum(step_minutes.duration_us) AS duration_us
        FROM step_minutes
        WHERE journey = {journey:String} AND minute >= first_minute AND minute < end_minute
        GROUP BY step
    ),
    viewed AS
    (
        SELECT
            page_minutes.step AS step, sum(page_minutes.served) AS served, sum(page_minutes.views) AS views,
            sum(page_minutes.completed) AS completed, sum(page_minutes.dom_complete_us) AS dom_complete_us,
            sum(page_minutes.slow) AS slow, sum(page_minutes.first_screens) AS first_screens,
            sum(page_minutes.first_screen_us) AS first_screen_us, sum(page_minutes.errors) AS errors,
            uniqExactMerge(page_minutes.error_views) AS error_views
        FROM page_minutes
        WHERE journey = {journey:String} AND minute >= first_minute AND minute < end_minute
        GROUP BY step
    ),
    ranked AS
    (
        SELECT
            step,
            measure,
            arraySort(groupArray((bucket, counted))) AS found,
            arrayCumSum(found.2) AS ranks,
            -- The middle of the bucket, on a logarithmic scale, in which the value of rank `part` lies.
            arrayMap(part -> exp2((found.1[arrayFirstIndex(rank -> rank >= part * ranks[-1], ranks)] + 0.5) / 8) - 1,
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
    ),
    placed AS
    (
        SELECT
            step,
            anyIf(at, measure = 'answer') AS answer,
            anyIf(at, measure = 'dom_complete') AS dom_complete,
            anyIf(at, measure = 'first_screen') AS first_screen
        FROM ranked
        GROUP BY step
    )
SELECT
    steps.step AS step,
    attempts, failed, http_errors, replayed, duration_us,
    served, views, completed, dom_complete_us, slow, first_screens, first_screen_us, errors, error_views,
    answer[1] AS answer_p50_us,
    answer[3] AS answer_p95_us,
    dom_complete[2] AS dom_complete_p75_us,
    dom_complete[3] AS dom_complete_p95_us,
    first_screen[1] AS first_screen_p50_us,
    first_screen[2] AS first_screen_p75_us,
    first_screen[3] AS first_screen_p95_us
FROM (SELECT step FROM attempted UNION DISTINCT SELECT step FROM viewed) AS steps
LEFT JOIN attempted ON attempted.step = steps.step
LEFT JOIN viewed ON viewed.step = steps.step
LEFT JOIN placed ON placed.step = steps.step
ORDER BY step
