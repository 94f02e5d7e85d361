-- SPDX-License-Identifier: Apache-2.0
-- One row an exchange of a journey: what a guard recorded (scope `seeother`, a span of its own or, beside a host's
-- span, a log event `journey.step`), and where no guard is, a server span with a session that a route maps to a journey.
-- Host spans that carry a guard's attributes stay out, so nothing counts twice. A journey is known by (journey, journey_id).
-- A stamped step wins; without one, `routes` says which step an exchange attempts.

CREATE TABLE IF NOT EXISTS steps
(
    ts DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(3)) COMMENT 'when the request arrived',
    journey LowCardinality(String),
    journey_id String CODEC(ZSTD(3)),
    claimed_id String CODEC(ZSTD(3)),
    step LowCardinality(String) COMMENT 'empty where the exchange attempts none',
    position UInt8 COMMENT 'place of the step in its journey, from 1; 0 when not configured',
    page LowCardinality(String) COMMENT 'the step whose page this exchange answers, empty when none',
    service LowCardinality(String),
    method LowCardinality(String),
    route LowCardinality(String),
    status UInt16 CODEC(ZSTD(3)) COMMENT '0 when no head was sent',
    failed Bool,
    error_type LowCardinality(String),
    replayed Bool COMMENT 'answered by the ledger',
    duration_us UInt64 CODEC(T64, ZSTD(3)) COMMENT 'microseconds',
    browser LowCardinality(String) COMMENT 'as reported by the user agent, like the next four',
    browser_version LowCardinality(String) COMMENT 'major version',
    os LowCardinality(String),
    os_version LowCardinality(String) COMMENT 'at most two numbers',
    device LowCardinality(String) COMMENT 'phone, tablet, desktop',
    country LowCardinality(String) COMMENT 'geo.country.iso_code',
    version LowCardinality(String) COMMENT 'service.version',
    region LowCardinality(String) COMMENT 'cloud.region',
    synthetic LowCardinality(String) COMMENT 'bot or test; empty for people. Rollups leave both out',
    trace_id FixedString(16) CODEC(ZSTD(3)),
    span_id FixedString(8) CODEC(NONE)
)
ENGINE = MergeTree
PARTITION BY toDate(ts)
ORDER BY (journey, toStartOfHour(ts), journey_id, ts)
SETTINGS non_replicated_deduplication_window = 20000, enable_block_number_column = 1;

-- Where the sources meet; nothing is kept here. `is_ours` says that a guard judged the exchange.
CREATE TABLE IF NOT EXISTS exchanges
(
    ts DateTime64(6, 'UTC'),
    journey LowCardinality(String),
    journey_id String,
    claimed_id String,
    step LowCardinality(String),
    service LowCardinality(String),
    method LowCardinality(String),
    route LowCardinality(String),
    path String,
    status UInt16,
    failed Bool,
    error_type LowCardinality(String),
    replayed Bool,
    duration_us UInt64,
    user_agent LowCardinality(String),
    country LowCardinality(String),
    version LowCardinality(String),
    region LowCardinality(String),
    synthetic LowCardinality(String),
    trace_id FixedString(16),
    span_id FixedString(8),
    is_ours Bool
)
ENGINE = Null;

-- A foreign server span has failed when its status is 4xx or 5xx, or there is none and the span's state is Error.
CREATE MATERIALIZED VIEW IF NOT EXISTS exchanges_from_spans TO exchanges AS
SELECT
    ts, journey, if(scope = 'seeother', journey_id, session) AS journey_id, claimed_id, step, service, method, route, path, status,
    if(scope = 'seeother', failed, status >= 400 OR (status = 0 AND state = 'Error')) AS failed,
    error_type, replayed, duration_us, user_agent, country, version, region, synthetic, trace_id, span_id,
    scope = 'seeother' AS is_ours
FROM spans
WHERE kind = 'Server' AND ((scope = 'seeother' AND spans.journey_id != '') OR (scope != 'seeother' AND session != '' AND spans.journey_id = ''));

CREATE MATERIALIZED VIEW IF NOT EXISTS exchanges_from_log_records TO exchanges AS
SELECT
    ts, journey, journey_id, claimed_id, step, service, method, route, '' AS path, status, failed, error_type, replayed,
    duration_us, user_agent, country, version, region, synthetic, trace_id, span_id, true AS is_ours
FROM log_records
WHERE scope = 'seeother' AND event = 'journey.step' AND journey_id != '';

CREATE MATERIALIZED VIEW IF NOT EXISTS steps_from_exchanges TO steps AS
SELECT
    m.ts AS ts, m.in_journey AS journey, m.journey_id AS journey_id, m.claimed_id AS claimed_id, m.at_step AS step,
    dictGet('step_positions', 'position', (m.in_journey, m.at_step)) AS position, m.page AS page, m.service AS service, m.method AS method, m.route AS route, m.status AS status,
    m.failed AND (m.is_ours OR m.at_step != '') AS failed,
    m.error_type AS error_type, m.replayed AS replayed, m.duration_us AS duration_us,
    multiIf(
        m.user_agent = '', '', m.user_agent LIKE '%Edg%', 'Edge', m.user_agent LIKE '%OPR/%', 'Opera',
        m.user_agent LIKE '%SamsungBrowser/%', 'Samsung Internet', match(m.user_agent, 'Firefox/|FxiOS/'), 'Firefox',
        match(m.user_agent, 'Chrome/|CriOS/'), 'Chrome', m.user_agent LIKE '%Safari/%', 'Safari', 'other') AS browser,
    multiIf(
        extract(m.user_agent, '(?:Edg[A-Za-z]*|OPR|SamsungBrowser|Firefox|FxiOS|CriOS)/(\\d+)') AS named_version != '', named_version,
        extract(m.user_agent, 'Chrome/(\\d+)') AS chrome_version != '', chrome_version,
        extract(m.user_agent, 'Version/(\\d+)')) AS browser_version,
    multiIf(
        m.user_agent = '', '', match(m.user_agent, 'iPhone|iPad|iPod'), 'iOS', m.user_agent LIKE '%Android%', 'Android',
        m.user_agent LIKE '%Windows NT%', 'Windows', m.user_agent LIKE '%Mac OS X%', 'macOS', m.user_agent LIKE '%CrOS%', 'ChromeOS',
        m.user_agent LIKE '%Linux%', 'Linux', 'other') AS os,
    replaceAll(extract(m.user_agent, '(?:OS|Android|Windows NT|Mac OS X) (\\d+(?:[._]\\d+)?)'), '_', '.') AS os_version,
    multiIf(
        m.user_agent = '', '', match(m.user_agent, 'iPad|Tablet'), 'tablet', m.user_agent LIKE '%Mobile%' OR os = 'iOS', 'phone',
        os = 'Android', 'tablet', 'desktop') AS device,
    m.country AS country, m.version AS version, m.region AS region, m.synthetic AS synthetic,
    m.trace_id AS trace_id, m.span_id AS span_id
FROM
(
    SELECT
        *,
        if(journey != '', toString(journey), dictGet('route_steps', 'of', key)) AS in_journey,
        if(step != '', toString(step), dictGet('route_steps', 'step', key)) AS at_step,
        dictGet('route_steps', 'page', key) AS page
    FROM
    (
        SELECT
            *,
            (toString(journey), toString(method), replaceRegexpAll(
                if(route != '' OR path = '', toString(route), route_of_path),
                '\\{[^{}]*\\}|<[^<>]*>|:[A-Za-z_][A-Za-z0-9_]*', '{}')) AS key
        FROM
        (
            SELECT
                *,
                (toString(journey), toString(method), toUInt8(least(countSubstrings(path, '/'), 255))) AS place,
                dictGet('route_patterns', 'routes', place)[
                    arrayFirstIndex(pattern -> match(path, pattern), dictGet('route_patterns', 'patterns', place))] AS route_of_path
            FROM exchanges
        )
    )
) AS m
WHERE m.in_journey != '';
