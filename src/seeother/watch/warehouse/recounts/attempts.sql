-- SPDX-License-Identifier: Apache-2.0
-- Counts the attempts and page views of some minutes again, and adds what is missing or too much in `attempt_counts`.
--   broken        attempts that failed, and no later one of the step in the same journey succeeded within 60 s
--   provisional   of these, attempts that may still be repaired
--   up_us         time after an attempt that did not fail, until the next, or `abandoned_after` has passed; microseconds
--   down_us       the same after an attempt that failed
--   submit        attempts with an unsafe method, by how long their answer took
--   submit_us     sum of these durations, microseconds
--   followed      of these, attempts with a page: the first that a browser of the journey reported within 60 s after it
--   slow          of these, attempts whose page took more than 8 s to complete, or was never complete
--   complete      of `followed`, attempts whose page was complete, by how long that took
--   complete_us   sum of these durations, microseconds
--   error_view    page views with a JavaScript error, when it is the first within an hour; what has no trace is one a journey
-- Time is cut at minutes and at `now`. Durations come from one clock each; pages are joined by ids alone.
--
-- Parameters:
--   since, until      Int64    whole minutes, microseconds since the epoch; `until` is outside
--   now               Int64    microseconds since the epoch
--   abandoned_after   String   JSON: by journey, microseconds; of others no time is counted
--   longest           Int64    the longest of these
INSERT INTO attempt_counts (journey, measure, grain, start, step, status, bucket, n)
SELECT journey, measure, slot.1 AS grain, slot.2 AS start, step, status, bucket, sum(change) AS n
FROM
(
    SELECT
        journey, measure, step, status, bucket,
        arrayJoin([
            (1, minute), (10, toStartOfTenMinutes(minute)), (60, toStartOfHour(minute)), (1440, toStartOfDay(minute))
            ]::Array(Tuple(UInt16, DateTime('UTC')))) AS slot,
        sum(n) AS change
    FROM
    (
        SELECT
            toString(journey) AS journey, if(is_new, 'provisional', 'broken') AS measure,
            toStartOfMinute(toDateTime(ts, 'UTC')) AS minute, toString(step) AS step, toUInt16(0) AS status,
            toUInt16(0) AS bucket, toInt64(count()) AS n
        FROM
        (
            SELECT
                ts, journey, step, synthetic, steps.failed AS has_failed, toUnixTimestamp64Micro(ts) AS us,
                max(NOT has_failed) OVER (
                    PARTITION BY journey, journey_id, step ORDER BY us RANGE BETWEEN 1 FOLLOWING AND 60000000 FOLLOWING
                ) AS was_repaired,
                arrayJoin(if({now:Int64} - us < 60000000, [false, true], [false])) AS is_new
            FROM steps
            WHERE step != ''
                AND ts >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
                AND ts < fromUnixTimestamp64Micro({until:Int64} + 60000001, 'UTC')
        )
        WHERE has_failed AND NOT was_repaired AND synthetic = '' AND us < {until:Int64}
        GROUP BY journey, measure, minute, step

        UNION ALL
        SELECT toString(journey), if(is_down, 'down_us', 'up_us'), toDateTime(minute * 60, 'UTC'), '', 0, 0, sum(us)
        FROM
        (
            SELECT
                journey, is_down,
                arrayJoin(range(toUInt32(intDiv(started, 60000000)), toUInt32(intDiv(ended - 1, 60000000) + 1))) AS minute,
                least(ended, (toInt64(minute) + 1) * 60000000) - greatest(started, toInt64(minute) * 60000000) AS us
            FROM
            (
                SELECT
                    journey, failed AS is_down, toUnixTimestamp64Micro(ts) AS at,
                    greatest(at, {since:Int64}) AS started,
                    least(
                        toUnixTimestamp64Micro(leadInFrame(ts, 1, toDateTime64('2200-01-01', 6, 'UTC')) OVER (
                            PARTITION BY journey, journey_id ORDER BY ts, span_id
                            ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)),
                        at + JSONExtract({abandoned_after:String}, 'Map(String, Int64)')[toString(journey)], {now:Int64}, {until:Int64}) AS ended
                FROM steps
                WHERE step != '' AND synthetic = ''
                    AND ts >= fromUnixTimestamp64Micro({since:Int64} - {longest:Int64}, 'UTC')
                    AND ts < fromUnixTimestamp64Micro({until:Int64}, 'UTC')
            )
            WHERE ended > started
        )
        GROUP BY journey, is_down, minute

        UNION ALL
        SELECT
            toString(journey), known.1, toStartOfMinute(toDateTime(ts, 'UTC')), toString(step), status, known.2,
            toInt64(sum(known.3))
        FROM
        (
            SELECT
                submit.ts AS ts, submit.journey AS journey, submit.step AS step, submit.status AS status,
                page.journey_id != '' AND page.ts <= submit.ts + INTERVAL 60 SECOND AS has_page,
                page.dom_complete_us AS took,
                arrayJoin(arrayFilter(x -> x.3 != 0, [
                    ('submit', floor(log2(submit.duration_us + 1) * 8), 1), ('submit_us', 0, submit.duration_us),
                    ('followed', 0, has_page), ('slow', 0, has_page AND (took = 0 OR took > 8000000)),
                    ('complete', floor(log2(took + 1) * 8), has_page AND took > 0), ('complete_us', 0, if(has_page, took, 0))
                    ]::Array(Tuple(String, UInt16, Int64)))) AS known
            FROM
            (
                SELECT ts, journey, journey_id, step, status, duration_us
                FROM steps
                WHERE step != '' AND synthetic = '' AND method NOT IN ('GET', 'HEAD', 'OPTIONS', 'TRACE')
                    AND ts >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
                    AND ts < fromUnixTimestamp64Micro({until:Int64}, 'UTC')
            ) AS submit
            ASOF LEFT JOIN
            (
                SELECT ts, journey, journey_id, dom_complete_us
                FROM pages
                WHERE kind = 'navigation' AND navigation != 'back-forward-cache' AND synthetic = ''
                    AND ts > fromUnixTimestamp64Micro({since:Int64}, 'UTC')
                    AND ts < fromUnixTimestamp64Micro({until:Int64} + 60000000, 'UTC')
            ) AS page ON page.journey = submit.journey AND page.journey_id = submit.journey_id AND page.ts > submit.ts
        )
        GROUP BY 1, 2, 3, 4, 5, 6

        UNION ALL
        SELECT
            toString(journey), 'error_view', toStartOfMinute(toDateTime(ts, 'UTC')), toString(step), 0, 0, toInt64(count())
        FROM
        (
            SELECT
                ts, journey, step,
                lagInFrame(ts) OVER (
                    PARTITION BY journey, step, journey_id, trace_id ORDER BY ts ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS last_error
            FROM pages
            WHERE kind = 'error' AND step != '' AND synthetic = ''
                AND ts >= fromUnixTimestamp64Micro({since:Int64}, 'UTC') - INTERVAL 1 HOUR
                AND ts < fromUnixTimestamp64Micro({until:Int64}, 'UTC')
        )
        WHERE last_error < ts - INTERVAL 1 HOUR AND ts >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
        GROUP BY 1, 2, 3, 4

        UNION ALL
        SELECT toString(journey), toString(measure), start, toString(step), status, bucket, -n
        FROM attempt_counts
        WHERE grain = 1
            AND start >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
            AND start < fromUnixTimestamp64Micro({until:Int64}, 'UTC')
    )
    GROUP BY journey, measure, minute, step, status, bucket
    HAVING change != 0
)
GROUP BY journey, measure, grain, start, step, status, bucket
