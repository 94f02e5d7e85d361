-- SPDX-License-Identifier: Apache-2.0
-- Question: how long did the answer to a submit take, beside the page that followed it?
-- A submit is an attempt with an unsafe method. Its page is the first that a browser of the same journey reported
-- afterwards, within 60 s; the durations come from one clock each and are joined by ids alone. A page that was never
-- complete follows, but has no duration. Synthetic traffic is left out.
--
-- Parameters:
--   journey        String   name of the journey
--   since, until   Int64    the period, microseconds since the epoch; `until` is outside
-- Columns:
--   step                  String    name of the step
--   status                UInt16    0 when no head was sent
--   submits               UInt64    attempts
--   followed              UInt64    of these, attempts with a page that followed
--   completed             UInt64    of these, attempts whose page was complete
--   slow                  UInt64    of `followed`, pages with more than 8 s to complete, or never
--   answer_us             UInt64    sum over the submits, microseconds
--   dom_complete_us       UInt64    sum over `completed`, microseconds
--   answer_p50_us         Float64   microseconds, like all that follow; exact, 0 when there is none
--   answer_p95_us         Float64
--   dom_complete_p50_us   Float64
--   dom_complete_p95_us   Float64
WITH
    submit AS
    (
        SELECT ts, journey_id, steps.step AS step, steps.status AS status, duration_us
        FROM steps
        WHERE journey = {journey:String} AND step != '' AND synthetic = ''
            AND method NOT IN ('GET', 'HEAD', 'OPTIONS', 'TRACE')
            AND ts >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
            AND ts < fromUnixTimestamp64Micro({until:Int64}, 'UTC')
    ),
    page AS
    (
        SELECT ts, journey_id, pages.dom_complete_us AS dom_complete_us
        FROM pages
        WHERE journey = {journey:String} AND kind = 'navigation' AND navigation != 'back-forward-cache' AND synthetic = ''
            AND ts > fromUnixTimestamp64Micro({since:Int64}, 'UTC')
            AND ts < fromUnixTimestamp64Micro({until:Int64} + 60000000, 'UTC')
    )
SELECT
    submit.step AS step,
    submit.status AS status,
    count() AS submits,
    countIf(page.journey_id != '' AND page.ts <= submit.ts + INTERVAL 60 SECOND AS has_page) AS followed,
    countIf(has_page AND page.dom_complete_us > 0 AS is_complete) AS completed,
    countIf(has_page AND (page.dom_complete_us = 0 OR page.dom_complete_us > 8000000)) AS slow,
    sum(submit.duration_us) AS answer_us,
    sumIf(page.dom_complete_us, is_complete) AS dom_complete_us,
    quantileExact(0.5)(toFloat64(submit.duration_us)) AS answer_p50_us,
    quantileExact(0.95)(toFloat64(submit.duration_us)) AS answer_p95_us,
    if(completed = 0, 0, quantileExactIf(0.5)(toFloat64(page.dom_complete_us), is_complete)) AS dom_complete_p50_us,
    if(completed = 0, 0, quantileExactIf(0.95)(toFloat64(page.dom_complete_us), is_complete)) AS dom_complete_p95_us
FROM submit
ASOF LEFT JOIN page ON page.journey_id = submit.journey_id AND page.ts > submit.ts
GROUP BY step, status
ORDER BY step, status
