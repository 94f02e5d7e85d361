-- SPDX-License-Identifier: Apache-2.0
-- Question: which attempts broke in a period, the newest first?
-- Broken: failed, and no later attempt of the step in the same journey succeeded within 60 s; until these have passed,
-- it is provisional. Slow, the second half of the article's rule: the page that a browser of the journey reported first
-- afterwards, within 60 s, took more than 8 s from the start of its navigation to its complete document, or was left
-- before. No report within these 60 s leaves it open (-1). Synthetic traffic is left out.
--
-- Parameters:
--   journey              String   name of the journey; empty for all
--   step                 String   name of the step; empty for all
--   since, until         Int64    the period, microseconds since the epoch; `until` is outside
--   now                  Int64    microseconds since the epoch
--   before_us            Int64    where the last page ended: the `time_us` of its last row, or any later moment
--   before_id            String   the `span_id` of that row, empty for any
--   count                UInt32   rows at most
-- Columns:
--   time_us           Int64    when the request arrived, microseconds since the epoch
--   journey           String   name of the journey
--   journey_id        String   its id
--   step              String   name of the step
--   status            UInt16   0 when no head was sent
--   service           String   which service answered
--   trace_id          String   32 hex digits
--   span_id           String   16 hex digits
--   provisional       UInt8    whether it may still be repaired
--   slow              Int8     1, 0, or -1 when nobody knows
--   dom_complete_us   UInt64   of that page, microseconds; 0 when never complete or not reported
WITH
    bad AS
    (
        SELECT ts, steps.journey AS journey, journey_id, steps.step AS step, status, service, trace_id, span_id
        FROM steps
        WHERE failed AND step != '' AND synthetic = ''
            AND ({journey:String} = '' OR journey = {journey:String})
            AND ({step:String} = '' OR step = {step:String})
            AND ts >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
            AND ts < fromUnixTimestamp64Micro({until:Int64}, 'UTC')
            AND (ts < fromUnixTimestamp64Micro({before_us:Int64}, 'UTC')
                OR (ts = fromUnixTimestamp64Micro({before_us:Int64}, 'UTC') AND lower(hex(span_id)) > {before_id:String}))
    ),
    good AS
    (
        SELECT ts, journey, journey_id, step
        FROM steps
        WHERE NOT failed AND step != ''
            AND ts > fromUnixTimestamp64Micro({since:Int64}, 'UTC')
            AND ts < fromUnixTimestamp64Micro({until:Int64} + 60000000, 'UTC')
            AND (journey, journey_id, step) IN (SELECT journey, journey_id, step FROM bad)
    ),
    broken AS
    (
        SELECT bad.*
        FROM bad
        ASOF LEFT JOIN good
            ON good.journey = bad.journey AND good.journey_id = bad.journey_id AND good.step = bad.step AND good.ts > bad.ts
        WHERE good.journey_id = '' OR good.ts > bad.ts + INTERVAL 60 SECOND
        ORDER BY bad.ts DESC, bad.span_id
        LIMIT {count:UInt32}
    ),
    page AS
    (
        SELECT ts, journey, journey_id, pages.dom_complete_us AS dom_complete_us
        FROM pages
        WHERE kind = 'navigation' AND navigation != 'back-forward-cache'
            AND ts > fromUnixTimestamp64Micro({since:Int64}, 'UTC')
            AND ts < fromUnixTimestamp64Micro({until:Int64} + 60000000, 'UTC')
            AND (journey, journey_id) IN (SELECT journey, journey_id FROM broken)
    )
SELECT
    toUnixTimestamp64Micro(broken.ts) AS time_us,
    broken.journey AS journey,
    broken.journey_id AS journey_id,
    broken.step AS step,
    broken.status AS status,
    broken.service AS service,
    lower(hex(broken.trace_id)) AS trace_id,
    lower(hex(broken.span_id)) AS span_id,
    {now:Int64} - time_us < 60000000 AS provisional,
    toInt8(multiIf(NOT (page.journey_id != '' AND page.ts <= broken.ts + INTERVAL 60 SECOND AS has_page), -1, page.dom_complete_us = 0 OR page.dom_complete_us > 8000000, 1, 0)) AS slow,
    if(has_page, page.dom_complete_us, 0) AS dom_complete_us
FROM broken
ASOF LEFT JOIN page ON page.journey = broken.journey AND page.journey_id = broken.journey_id AND page.ts > broken.ts
ORDER BY broken.ts DESC, broken.span_id
