-- SPDX-License-Identifier: Apache-2.0
-- Counts by minute, of people's exchanges and page views (synthetic ones stay out). Rows of one key may stand apart until
-- the engine merges them: always read sums. Buckets: bucket b holds values from 2^(b/8) - 1 to below 2^((b+1)/8) - 1 microseconds.

CREATE TABLE IF NOT EXISTS step_minutes
(
    minute DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    journey LowCardinality(String),
    step LowCardinality(String),
    attempts UInt64,
    failed UInt64 COMMENT 'attempts that failed',
    http_errors UInt64 COMMENT 'failed attempts with a status of 400 or more',
    replayed UInt64 COMMENT 'attempts answered by the ledger',
    duration_us UInt64 COMMENT 'sum over the attempts, microseconds'
)
ENGINE = SummingMergeTree
PARTITION BY toYYYYMM(minute)
ORDER BY (journey, step, minute)
SETTINGS non_replicated_deduplication_window = 20000;

CREATE MATERIALIZED VIEW IF NOT EXISTS step_minutes_from_steps TO step_minutes AS
SELECT
    toStartOfMinute(toDateTime(ts, 'UTC')) AS minute,
    journey,
    step,
    count() AS attempts,
    countIf(failed) AS failed,
    countIf(steps.failed AND status >= 400) AS http_errors,
    countIf(steps.replayed) AS replayed,
    sum(steps.duration_us) AS duration_us
FROM steps
WHERE step != '' AND synthetic = ''
GROUP BY minute, journey, step;

-- The heat maps: route by status by minute, step by status; and how long after the click each status came.
CREATE TABLE IF NOT EXISTS status_minutes
(
    minute DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    journey LowCardinality(String),
    step LowCardinality(String) COMMENT 'empty for exchanges that attempt none',
    service LowCardinality(String),
    method LowCardinality(String),
    route LowCardinality(String),
    status UInt16 COMMENT '0 when no head was sent',
    second UInt8 COMMENT 'whole seconds from request to end of answer, at most 60',
    exchanges UInt64,
    failed UInt64 COMMENT 'exchanges that failed'
)
ENGINE = SummingMergeTree
PARTITION BY toYYYYMM(minute)
ORDER BY (journey, minute, step, service, route, method, status, second)
SETTINGS non_replicated_deduplication_window = 20000;

CREATE MATERIALIZED VIEW IF NOT EXISTS status_minutes_from_steps TO status_minutes AS
SELECT
    toStartOfMinute(toDateTime(ts, 'UTC')) AS minute,
    journey, step, service, method, route, status,
    toUInt8(least(intDiv(duration_us, 1000000), 60)) AS second,
    count() AS exchanges,
    countIf(steps.failed) AS failed
FROM steps
WHERE synthetic = ''
GROUP BY minute, journey, step, service, method, route, status, second;

CREATE TABLE IF NOT EXISTS dimension_minutes
(
    minute DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    journey LowCardinality(String),
    step LowCardinality(String),
    dimension LowCardinality(String) COMMENT 'browser, browser_version, os, os_version, device, country, version, region',
    value LowCardinality(String) COMMENT 'never empty; versions are led by what they are versions of, as in iOS 17.4',
    status UInt16,
    attempts UInt64,
    failed UInt64 COMMENT 'attempts that failed'
)
ENGINE = SummingMergeTree
PARTITION BY toYYYYMM(minute)
ORDER BY (journey, step, dimension, minute, value, status)
SETTINGS non_replicated_deduplication_window = 20000;

CREATE MATERIALIZED VIEW IF NOT EXISTS dimension_minutes_from_steps TO dimension_minutes AS
SELECT minute, journey, step, dimension, value, status, attempts, failed
FROM
(
    SELECT
        minute, journey, step, status,
        arrayJoin(arrayFilter(x -> x.2 != '', [
            ('browser', browser), ('browser_version', if(browser_version = '', '', concat(browser, ' ', browser_version))),
            ('os', os), ('os_version', if(os_version = '', '', concat(os, ' ', os_version))),
            ('device', device), ('country', country), ('version', version), ('region', region)]::Array(Tuple(String, String)))) AS pair,
        pair.1 AS dimension,
        pair.2 AS value,
        attempts,
        failed
    FROM
    (
        SELECT
            toStartOfMinute(toDateTime(ts, 'UTC')) AS minute, journey, step, status,
            browser, browser_version, os, os_version, device, country, version, region,
            count() AS attempts,
            countIf(steps.failed) AS failed
        FROM steps
        WHERE step != '' AND synthetic = ''
        GROUP BY minute, journey, step, status, browser, browser_version, os, os_version, device, country, version, region
    )
);

-- What browsers saw, by the step whose page it is; `served` are the pages that servers answered, for the coverage.
CREATE TABLE IF NOT EXISTS page_minutes
(
    minute DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    journey LowCardinality(String),
    step LowCardinality(String),
    served SimpleAggregateFunction(sum, UInt64) COMMENT 'successful answers with a page',
    views SimpleAggregateFunction(sum, UInt64) COMMENT 'page views that a browser reported, without those it had kept (bfcache)',
    completed SimpleAggregateFunction(sum, UInt64) COMMENT 'page views whose document was complete, those kept left out',
    dom_complete_us SimpleAggregateFunction(sum, UInt64) COMMENT 'sum over `completed`, microseconds',
    slow SimpleAggregateFunction(sum, UInt64) COMMENT 'views with more than 8 s to complete, or never',
    first_screens SimpleAggregateFunction(sum, UInt64) COMMENT 'page views with a first screen',
    first_screen_us SimpleAggregateFunction(sum, Int64) COMMENT 'sum over `first_screens`, microseconds',
    errors SimpleAggregateFunction(sum, UInt64) COMMENT 'JavaScript errors',
    error_views AggregateFunction(uniqExact, FixedString(16)) COMMENT 'page views with at least one'
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(minute)
ORDER BY (journey, step, minute)
SETTINGS non_replicated_deduplication_window = 20000;

CREATE MATERIALIZED VIEW IF NOT EXISTS page_minutes_from_steps TO page_minutes AS
SELECT toStartOfMinute(toDateTime(ts, 'UTC')) AS minute, journey, page AS step, count() AS served
FROM steps
WHERE page != '' AND synthetic = '' AND status BETWEEN 200 AND 299
GROUP BY minute, journey, page;

CREATE MATERIALIZED VIEW IF NOT EXISTS page_minutes_from_pages TO page_minutes AS
SELECT
    toStartOfMinute(toDateTime(ts, 'UTC')) AS minute, journey, step,
    countIf(kind = 'navigation' AND navigation != 'back-forward-cache' AS is_view) AS views,
    countIf(is_view AND pages.dom_complete_us > 0) AS completed,
    sumIf(pages.dom_complete_us, is_view) AS dom_complete_us,
    countIf(is_view AND (pages.dom_complete_us = 0 OR pages.dom_complete_us > 8000000)) AS slow,
    countIf(kind = 'vital' AND pages.first_screen_us = pages.first_screen_delta_us) AS first_screens,
    sumIf(pages.first_screen_delta_us, kind = 'vital') AS first_screen_us,
    countIf(kind = 'error') AS errors,
    uniqExactStateIf(trace_id, kind = 'error') AS error_views
FROM pages
WHERE step != '' AND synthetic = ''
GROUP BY minute, journey, step;

CREATE TABLE IF NOT EXISTS bucket_minutes
(
    minute DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    journey LowCardinality(String),
    step LowCardinality(String),
    measure LowCardinality(String) COMMENT 'answer (of an attempt), dom_complete, first_screen',
    bucket UInt16 COMMENT 'floor(8 log2(microseconds + 1))',
    n Int64 COMMENT 'values in the bucket; a correction takes one out and puts one in'
)
ENGINE = SummingMergeTree
PARTITION BY toYYYYMM(minute)
ORDER BY (journey, measure, step, minute, bucket)
SETTINGS non_replicated_deduplication_window = 20000;

CREATE MATERIALIZED VIEW IF NOT EXISTS bucket_minutes_from_steps TO bucket_minutes AS
SELECT
    toStartOfMinute(toDateTime(ts, 'UTC')) AS minute, journey, step, 'answer' AS measure,
    toUInt16(floor(log2(duration_us + 1) * 8)) AS bucket,
    count() AS n
FROM steps
WHERE step != '' AND synthetic = ''
GROUP BY minute, journey, step, bucket;

CREATE MATERIALIZED VIEW IF NOT EXISTS bucket_minutes_from_pages TO bucket_minutes AS
SELECT minute, journey, step, change.1 AS measure, change.2 AS bucket, sum(change.3) AS n
FROM
(
    SELECT
        toStartOfMinute(toDateTime(ts, 'UTC')) AS minute, journey, step,
        arrayJoin(arrayFilter(x -> x.3 != 0, [
            ('dom_complete', toUInt16(floor(log2(dom_complete_us + 1) * 8)),
                toInt64(kind = 'navigation' AND navigation != 'back-forward-cache' AND dom_complete_us > 0)),
            ('first_screen', toUInt16(floor(log2(greatest(first_screen_us, 0) + 1) * 8)), toInt64(kind = 'vital')),
            ('first_screen', toUInt16(floor(log2(greatest(first_screen_us - first_screen_delta_us, 0) + 1) * 8)),
                -toInt64(kind = 'vital' AND first_screen_us != first_screen_delta_us))])) AS change
    FROM pages
    WHERE step != '' AND synthetic = ''
)
GROUP BY minute, journey, step, measure, bucket;
