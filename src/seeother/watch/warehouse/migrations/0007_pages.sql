-- SPDX-License-Identifier: Apache-2.0
-- One row for each thing that a browser said of a page view on a journey; a view is a trace (a restored page has a new one).
-- `navigation`: once a view, when its document is complete or the person leaves, whichever comes first. `vital`: the
-- largest contentful paint, our first screen; when it is corrected, another row brings the difference. `error`: each error.
-- Without a stamped journey or step, `routes` says whose page it is.

CREATE TABLE IF NOT EXISTS pages
(
    ts DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(3)),
    journey LowCardinality(String),
    journey_id String CODEC(ZSTD(3)),
    step LowCardinality(String) COMMENT 'the step whose page it is, empty when none',
    service LowCardinality(String),
    route LowCardinality(String),
    kind LowCardinality(String) COMMENT 'navigation, vital, error',
    navigation LowCardinality(String) COMMENT 'navigate, reload, back-forward, back-forward-cache, prerender, restore',
    dom_complete_us UInt64 CODEC(T64, ZSTD(3)) COMMENT 'of kind navigation: from its start, microseconds; 0 when never complete',
    first_screen_us Int64 CODEC(T64, ZSTD(3)) COMMENT 'of kind vital: the value so far, microseconds',
    first_screen_delta_us Int64 CODEC(T64, ZSTD(3)) COMMENT 'of kind vital: what was added to the last value; at first all of it',
    error_type LowCardinality(String) COMMENT 'of kind error',
    user_agent LowCardinality(String),
    synthetic LowCardinality(String),
    trace_id FixedString(16) CODEC(ZSTD(3)) COMMENT 'the view',
    span_id FixedString(8) CODEC(ZSTD(3))
)
ENGINE = MergeTree
PARTITION BY toDate(ts)
ORDER BY (journey, toStartOfHour(ts), journey_id, ts)
SETTINGS non_replicated_deduplication_window = 20000, enable_block_number_column = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS pages_from_log_records TO pages AS
SELECT
    ts,
    if(e.journey != '', toString(e.journey), dictGet('route_steps', 'of', key)) AS journey,
    journey_id,
    if(e.step != '', toString(e.step), dictGet('route_steps', 'page', key)) AS step,
    service, route, kind, navigation, dom_complete_us, vital_us AS first_screen_us, vital_delta_us AS first_screen_delta_us,
    if(kind = 'error', e.error_type, '') AS error_type,
    user_agent, synthetic, trace_id, span_id
FROM
(
    SELECT
        *,
        multiIf(event = 'browser.navigation_timing', 'navigation', event = 'browser.web_vital', 'vital', 'error') AS kind,
        (toString(journey), 'GET', replaceRegexpAll(toString(route), '\\{[^{}]*\\}|<[^<>]*>|:[A-Za-z_][A-Za-z0-9_]*', '{}')) AS key
    FROM log_records
    WHERE is_browser AND journey_id != ''
        AND (event IN ('browser.navigation_timing', 'exception') OR (event = 'browser.web_vital' AND vital = 'lcp'))
) AS e
WHERE if(e.journey != '', toString(e.journey), dictGet('route_steps', 'of', key)) != '';
