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
--   before_id            String   the `span_id` of that row: told again are those like it; empty for any
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
-- One pass over the rows of the journeys concerned, then arrays: each join would look for these journeys once more.
WITH
    fromUnixTimestamp64Micro({since:Int64}, 'UTC') AS first,
    fromUnixTimestamp64Micro({until:Int64}, 'UTC') AS end,
    fromUnixTimestamp64Micro({before_us:Int64}, 'UTC') AS before,
    concerned AS
    (
        SELECT journey, journey_id
        FROM steps
        WHERE failed AND step != '' AND synthetic = '' AND ts >= first AND ts < end AND ts <= before
            AND ({journey:String} = '' OR journey = {journey:String})
            AND ({step:String} = '' OR step = {step:String})
    )
SELECT
    bad.1 AS time_us,
    journey,
    journey_id,
    bad.2 AS step,
    bad.3 AS status,
    bad.4 AS service,
    bad.5 AS trace_id,
    bad.6 AS span_id,
    {now:Int64} - time_us < 60000000 AS provisional,
    toInt8(multiIf(page.1 = 0, -1, page.2 = 0 OR page.2 > 8000000, 1, 0)) AS slow,
    page.2 AS dom_complete_us
FROM
(
    SELECT
        journey,
        journey_id,
        groupArrayIf((us, step, status, service, trace, span), kind = 'bad') AS bads,
        groupArrayIf((us, step), kind = 'good') AS goods,
        groupArrayIf((us, complete_us), kind = 'page') AS seen
    FROM
    (
        SELECT
            if(failed, 'bad', 'good') AS kind, journey, journey_id, toUnixTimestamp64Micro(ts) AS us, step, status,
            service, lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, 0 AS complete_us
        FROM steps
        WHERE step != '' AND ({step:String} = '' OR step = {step:String})
            AND ts >= first AND ts <= end + INTERVAL 60 SECOND
            AND (NOT failed OR (synthetic = '' AND ts < end AND (ts < before OR (ts = before AND span >= {before_id:String}))))
            AND (journey, journey_id) IN concerned
        UNION ALL
        SELECT 'page', journey, journey_id, toUnixTimestamp64Micro(ts), '', 0, '', '', '', dom_complete_us
        FROM pages
        WHERE kind = 'navigation' AND navigation != 'back-forward-cache'
            AND ts > first AND ts <= end + INTERVAL 60 SECOND
            AND (journey, journey_id) IN concerned
    )
    GROUP BY journey, journey_id
)
ARRAY JOIN
    bads AS bad,
    arrayMap(b -> arraySort(arrayFilter(p -> p.1 > b.1 AND p.1 <= b.1 + 60000000, seen))[1], bads) AS page
WHERE NOT arrayExists(good -> good.2 = step AND good.1 > time_us AND good.1 <= time_us + 60000000, goods)
ORDER BY time_us DESC, span_id, journey, journey_id, step, status, service, trace_id
LIMIT {count:UInt32}
