-- SPDX-License-Identifier: Apache-2.0
-- Question: how did each step of a journey fare in a period?
-- An attempt is broken when it failed and no later attempt of the step in the same journey succeeded within 60 s; until
-- these have passed, that is provisional. A journey was lost at a step when it attempted the step in the period, the
-- step is its last so far, it never reached its goal, and it has been idle for longer than `abandoned_after`.
-- Steps without traffic have no row.
--
-- Parameters:
--   journey           String   name of the journey
--   goal              String   its last step
--   since, until      Int64    the period, microseconds since the epoch; `until` is outside
--   now               Int64    microseconds since the epoch
--   abandoned_after   Int64    idle for so long, a journey has ended; microseconds
--   timeout           Int64    a journey's other exchanges are looked for from so long before the period on; microseconds
-- Columns:
--   step          String   name of the step
--   attempts      UInt64   attempts of the step
--   failed        UInt64   attempts that failed
--   http_errors   UInt64   failed attempts with a status of 400 or more
--   broken        UInt64   attempts that failed and were not repaired
--   reached       UInt64   journeys that attempted the step
--   lost          UInt64   of these, journeys that ended there without success
WITH
    attempt AS
    (
        SELECT ts, journey_id, step, status, failed
        FROM steps
        WHERE journey = {journey:String} AND step != ''
            AND ts >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
            AND ts < fromUnixTimestamp64Micro({until:Int64}, 'UTC')
    ),
    bad AS (SELECT ts, journey_id, step FROM attempt WHERE failed),
    good AS
    (
        SELECT ts, journey_id, step
        FROM steps
        WHERE journey = {journey:String} AND NOT failed
            AND ts > fromUnixTimestamp64Micro({since:Int64}, 'UTC')
            AND ts < fromUnixTimestamp64Micro({until:Int64} + 60000000, 'UTC')
            AND (journey_id, step) IN (SELECT journey_id, step FROM bad)
    ),
    unrepaired AS
    (
        SELECT bad.step AS step, count() AS broken
        FROM bad ASOF LEFT JOIN good ON good.journey_id = bad.journey_id AND good.step = bad.step AND good.ts > bad.ts
        WHERE good.journey_id = '' OR good.ts > bad.ts + INTERVAL 60 SECOND
        GROUP BY step
    ),
    ended AS
    (
        SELECT journey_id, argMaxIf(step, (ts, span_id), step != '') AS last_step
        FROM steps
        WHERE journey = {journey:String} AND ts >= fromUnixTimestamp64Micro({since:Int64} - {timeout:Int64}, 'UTC')
            AND journey_id IN (SELECT journey_id FROM attempt)
        GROUP BY journey_id
        HAVING {now:Int64} - toUnixTimestamp64Micro(max(ts)) > {abandoned_after:Int64}
            AND countIf(step = {goal:String} AND NOT failed AND status BETWEEN 200 AND 299) = 0
    ),
    lost_there AS
    (
        SELECT last_step AS step, count() AS lost
        FROM ended
        WHERE (journey_id, last_step) IN (SELECT journey_id, step FROM attempt)
        GROUP BY last_step
    ),
    counted AS
    (
        SELECT
            attempt.step AS step,
            count() AS attempts,
            countIf(attempt.failed) AS failed,
            countIf(attempt.failed AND attempt.status >= 400) AS http_errors,
            uniqExact(attempt.journey_id) AS reached
        FROM attempt
        GROUP BY attempt.step
    )
SELECT
    counted.step AS step,
    counted.attempts AS attempts,
    counted.failed AS failed,
    counted.http_errors AS http_errors,
    unrepaired.broken AS broken,
    counted.reached AS reached,
    lost_there.lost AS lost
FROM counted
LEFT JOIN unrepaired ON unrepaired.step = counted.step
LEFT JOIN lost_there ON lost_there.step = counted.step
ORDER BY step
