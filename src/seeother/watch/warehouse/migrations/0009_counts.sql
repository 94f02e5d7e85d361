-- SPDX-License-Identifier: Apache-2.0
-- Counts of people's exchanges and page views (synthetic ones stay out), each by minute, ten minutes, hour and day, so
-- that a long period is read from few rows: its days, and what is left at its two ends in shorter slots. A row says the
-- length of its slot in `grain`: never add rows of different ones. Rows of one key may stand apart until the engine
-- merges them: always read sums. Bucket b holds values from 2^(b/8) - 1 to below 2^((b+1)/8) - 1 microseconds.

-- What is known of steps, one measure a row. `answer`, `dom_complete` and `first_screen` count values in buckets (a
-- correction takes one out and puts one in); `error` counts JavaScript errors; those in _us are sums, in
-- microseconds; the others count attempts (failed; http_error: failed with a status of 400 or more; replayed: answered
-- by the ledger), successful answers with a page (served), and views of pages that a browser reported, without those it
-- had kept (view; slow: more than 8 s to complete, or never).
CREATE TABLE IF NOT EXISTS counts
(
    journey LowCardinality(String),
    grain UInt16 COMMENT 'length of the slot, minutes: 1, 10, 60 or 1440',
    start DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)) COMMENT 'of the slot',
    step LowCardinality(String) COMMENT 'that is attempted, or whose page it is',
    measure Enum8(
        'answer' = 1, 'failed' = 2, 'http_error' = 3, 'replayed' = 4, 'answer_us' = 5,
        'served' = 6, 'view' = 7, 'slow' = 8, 'dom_complete' = 9, 'dom_complete_us' = 10,
        'first_screen' = 11, 'first_screen_us' = 12, 'error' = 13),
    bucket UInt16 COMMENT 'floor(8 log2(microseconds + 1)), or 0',
    n Int64
)
ENGINE = SummingMergeTree
PARTITION BY toYYYYMM(start)
ORDER BY (journey, grain, start, step, measure, bucket)
SETTINGS non_replicated_deduplication_window = 20000;

CREATE MATERIALIZED VIEW IF NOT EXISTS counts_from_steps TO counts AS
SELECT
    journey, slot.1 AS grain, slot.2 AS start, change.1 AS step, change.2 AS measure, change.3 AS bucket, change.4 AS n
FROM
(
    SELECT
        journey,
        arrayJoin([
            (1, minute), (10, toStartOfTenMinutes(minute)), (60, toStartOfHour(minute)), (1440, toStartOfDay(minute))
            ]::Array(Tuple(UInt16, DateTime('UTC')))) AS slot,
        arrayJoin(arrayFilter(x -> x.1 != '' AND x.4 != 0, [
            (step, 'answer', bucket, attempts), (step, 'failed', 0, failures), (step, 'http_error', 0, http_errors),
            (step, 'replayed', 0, replays), (step, 'answer_us', 0, answer_us), (page, 'served', 0, served)
            ]::Array(Tuple(String, String, UInt16, Int64)))) AS change
    FROM
    (
        SELECT
            toStartOfMinute(toDateTime(ts, 'UTC')) AS minute, journey, step, page,
            if(step = '', 0, toUInt16(floor(log2(duration_us + 1) * 8))) AS bucket,
            count() AS attempts,
            countIf(failed) AS failures,
            countIf(failed AND status >= 400) AS http_errors,
            countIf(replayed) AS replays,
            sum(duration_us) AS answer_us,
            countIf(status BETWEEN 200 AND 299) AS served
        FROM steps
        WHERE (step != '' OR page != '') AND synthetic = ''
        GROUP BY minute, journey, step, page, bucket
    )
);

CREATE MATERIALIZED VIEW IF NOT EXISTS counts_from_pages TO counts AS
SELECT
    journey, slot.1 AS grain, slot.2 AS start, step, change.1 AS measure, change.2 AS bucket, change.3 AS n
FROM
(
    SELECT
        journey, step,
        arrayJoin([
            (1, toStartOfMinute(second)), (10, toStartOfTenMinutes(second)), (60, toStartOfHour(second)),
            (1440, toStartOfDay(second))]::Array(Tuple(UInt16, DateTime('UTC')))) AS slot,
        arrayJoin(arrayFilter(x -> x.3 != 0, [
            ('view', 0, is_view),
            ('slow', 0, is_view AND (dom_complete_us = 0 OR dom_complete_us > 8000000)),
            ('dom_complete', floor(log2(dom_complete_us + 1) * 8), is_view AND dom_complete_us > 0),
            ('dom_complete_us', 0, if(is_view, dom_complete_us, 0)),
            ('first_screen', floor(log2(greatest(first_screen_us, 0) + 1) * 8), is_vital),
            ('first_screen', floor(log2(greatest(first_screen_us - first_screen_delta_us, 0) + 1) * 8),
                -toInt64(is_vital AND first_screen_us != first_screen_delta_us)),
            ('first_screen_us', 0, if(is_vital, first_screen_delta_us, 0)),
            ('error', 0, kind = 'error')
            ]::Array(Tuple(String, UInt16, Int64)))) AS change
    FROM
    (
        SELECT
            *,
            toDateTime(ts, 'UTC') AS second,
            kind = 'navigation' AND navigation != 'back-forward-cache' AS is_view,
            kind = 'vital' AS is_vital
        FROM pages
        WHERE step != '' AND synthetic = ''
    )
);

-- The heat map, route by status by time.
CREATE TABLE IF NOT EXISTS status_counts
(
    journey LowCardinality(String),
    grain UInt16 COMMENT 'length of the slot, minutes: 1, 10, 60 or 1440',
    start DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)) COMMENT 'of the slot',
    route LowCardinality(String),
    method LowCardinality(String),
    status UInt16 COMMENT '0 when no head was sent',
    exchanges UInt64,
    failed UInt64 COMMENT 'exchanges that failed'
)
ENGINE = SummingMergeTree
PARTITION BY toYYYYMM(start)
ORDER BY (journey, grain, start, route, method, status)
SETTINGS non_replicated_deduplication_window = 20000;

CREATE MATERIALIZED VIEW IF NOT EXISTS status_counts_from_steps TO status_counts AS
SELECT journey, slot.1 AS grain, slot.2 AS start, route, method, status, exchanges, failed
FROM
(
    SELECT
        *,
        arrayJoin([
            (1, minute), (10, toStartOfTenMinutes(minute)), (60, toStartOfHour(minute)), (1440, toStartOfDay(minute))
            ]::Array(Tuple(UInt16, DateTime('UTC')))) AS slot
    FROM
    (
        SELECT
            toStartOfMinute(toDateTime(ts, 'UTC')) AS minute, journey, route, method, status,
            count() AS exchanges,
            countIf(steps.failed) AS failed
        FROM steps
        WHERE synthetic = ''
        GROUP BY minute, journey, route, method, status
    )
);

-- How long after the click each status came, step by step.
CREATE TABLE IF NOT EXISTS second_counts
(
    journey LowCardinality(String),
    grain UInt16 COMMENT 'length of the slot, minutes: 1, 10, 60 or 1440',
    start DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)) COMMENT 'of the slot',
    step LowCardinality(String) COMMENT 'empty for exchanges that attempt none',
    status UInt16 COMMENT '0 when no head was sent',
    second UInt8 COMMENT 'whole seconds from request to end of answer, at most 60',
    exchanges UInt64,
    failed UInt64 COMMENT 'exchanges that failed'
)
ENGINE = SummingMergeTree
PARTITION BY toYYYYMM(start)
ORDER BY (journey, grain, start, step, status, second)
SETTINGS non_replicated_deduplication_window = 20000;

CREATE MATERIALIZED VIEW IF NOT EXISTS second_counts_from_steps TO second_counts AS
SELECT journey, slot.1 AS grain, slot.2 AS start, step, status, second, exchanges, failed
FROM
(
    SELECT
        *,
        arrayJoin([
            (1, minute), (10, toStartOfTenMinutes(minute)), (60, toStartOfHour(minute)), (1440, toStartOfDay(minute))
            ]::Array(Tuple(UInt16, DateTime('UTC')))) AS slot
    FROM
    (
        SELECT
            toStartOfMinute(toDateTime(ts, 'UTC')) AS minute, journey, step, status,
            toUInt8(least(intDiv(duration_us, 1000000), 60)) AS second,
            count() AS exchanges,
            countIf(steps.failed) AS failed
        FROM steps
        WHERE synthetic = ''
        GROUP BY minute, journey, step, status, second
    )
);

-- What is known of the clients of attempts: of each step, and of all steps together, which is a third of the rows to read.
CREATE TABLE IF NOT EXISTS dimension_counts
(
    journey LowCardinality(String),
    step LowCardinality(String) COMMENT 'empty: all of them',
    grain UInt16 COMMENT 'length of the slot, minutes: 1, 10, 60 or 1440',
    start DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)) COMMENT 'of the slot',
    dimension LowCardinality(String) COMMENT 'browser, browser_version, os, os_version, device, country, version, region',
    value LowCardinality(String) COMMENT 'never empty; versions are led by what they are versions of, as in iOS 17.4',
    status UInt16,
    attempts UInt64,
    failed UInt64 COMMENT 'attempts that failed'
)
ENGINE = SummingMergeTree
PARTITION BY toYYYYMM(start)
ORDER BY (journey, step, grain, start, dimension, value, status)
SETTINGS non_replicated_deduplication_window = 20000;

CREATE MATERIALIZED VIEW IF NOT EXISTS dimension_counts_from_steps TO dimension_counts AS
SELECT
    journey, one_or_all AS step, slot.1 AS grain, slot.2 AS start, pair.1 AS dimension, pair.2 AS value, status,
    attempts, failed
FROM
(
    SELECT
        *,
        arrayJoin([
            (1, minute), (10, toStartOfTenMinutes(minute)), (60, toStartOfHour(minute)), (1440, toStartOfDay(minute))
            ]::Array(Tuple(UInt16, DateTime('UTC')))) AS slot,
        arrayJoin([toString(step), '']) AS one_or_all
    FROM
    (
        SELECT
            toStartOfMinute(toDateTime(ts, 'UTC')) AS minute, journey, step, status,
            arrayJoin(arrayFilter(x -> x.2 != '', [
                ('browser', browser), ('browser_version', if(browser_version = '', '', concat(browser, ' ', browser_version))),
                ('os', os), ('os_version', if(os_version = '', '', concat(os, ' ', os_version))),
                ('device', device), ('country', country), ('version', version), ('region', region)
                ]::Array(Tuple(String, String)))) AS pair,
            count() AS attempts,
            countIf(steps.failed) AS failed
        FROM steps
        WHERE step != '' AND synthetic = ''
        GROUP BY minute, journey, step, status, pair
    )
);
