-- SPDX-License-Identifier: Apache-2.0
-- One row a log record, a column per known attribute. Bodies are not kept: they are free text about people.

CREATE TABLE IF NOT EXISTS log_records
(
    ts DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(3)) COMMENT 'when it happened, or else when it was observed',
    trace_id FixedString(16) CODEC(ZSTD(3)) COMMENT 'all zero outside a trace',
    span_id FixedString(8) CODEC(ZSTD(3)),
    service LowCardinality(String) COMMENT 'service.name',
    scope LowCardinality(String) COMMENT 'instrumentation scope',
    event LowCardinality(String) COMMENT 'event name, empty for a plain log line',
    severity UInt8 COMMENT '1 to 24, as in OTLP; 0 when unset',
    duration_us UInt64 CODEC(T64, ZSTD(3)) COMMENT 'seeother.duration_ns, in microseconds',
    method LowCardinality(String) COMMENT 'http.request.method',
    route LowCardinality(String) COMMENT 'http.route',
    status UInt16 CODEC(ZSTD(3)) COMMENT 'http.response.status_code, 0 when none',
    error_type LowCardinality(String) COMMENT 'error.type',
    journey LowCardinality(String) COMMENT 'journey.name',
    journey_id String CODEC(ZSTD(3)) COMMENT 'journey.id, verified',
    claimed_id String CODEC(ZSTD(3)) COMMENT 'journey.claimed_id, unverified',
    step LowCardinality(String) COMMENT 'journey.step',
    failed Bool COMMENT 'journey.failed',
    replayed Bool COMMENT 'seeother.replayed',
    rule LowCardinality(String) COMMENT 'seeother.rule',
    rule_name LowCardinality(String) COMMENT 'seeother.rule.name',
    finding_severity LowCardinality(String) COMMENT 'seeother.severity: error, warning, advice',
    message String CODEC(ZSTD(3)) COMMENT 'seeother.message, without query strings',
    repaired Bool COMMENT 'seeother.repaired',
    dropped UInt64 COMMENT 'seeother.dropped: rows that the sender lost before this record',
    breaker LowCardinality(String) COMMENT 'seeother.breaker.name',
    breaker_before LowCardinality(String) COMMENT 'seeother.breaker.state.before',
    breaker_state LowCardinality(String) COMMENT 'seeother.breaker.state',
    breaker_open_ms UInt64 COMMENT 'seeother.breaker.open_ms: until it lets a probe through',
    is_browser Bool COMMENT 'telemetry.sdk.language is webjs',
    dom_complete_us UInt64 CODEC(T64, ZSTD(3)) COMMENT 'browser.navigation_timing.dom_complete, microseconds; 0 when not reached',
    navigation LowCardinality(String) COMMENT 'browser.navigation_timing.type',
    vital LowCardinality(String) COMMENT 'browser.web_vital.name',
    vital_us Int64 CODEC(T64, ZSTD(3)) COMMENT 'browser.web_vital.value, microseconds',
    vital_delta_us Int64 CODEC(T64, ZSTD(3)) COMMENT 'browser.web_vital.delta, microseconds',
    user_agent LowCardinality(String) COMMENT 'user_agent.original',
    country LowCardinality(String) COMMENT 'geo.country.iso_code',
    version LowCardinality(String) COMMENT 'service.version',
    region LowCardinality(String) COMMENT 'cloud.region',
    synthetic LowCardinality(String) COMMENT 'user_agent.synthetic.type: bot or test'
)
ENGINE = MergeTree
PARTITION BY toDate(ts)
ORDER BY (service, toStartOfMinute(ts), trace_id, ts)
SETTINGS non_replicated_deduplication_window = 20000, enable_block_number_column = 1,
    merge_selector_base = 30, enable_vertical_merge_algorithm = 0;

CREATE MATERIALIZED VIEW IF NOT EXISTS log_records_from_logs TO log_records AS
SELECT
    fromUnixTimestamp64Micro(toInt64(intDiv(at, 1000)), 'UTC') AS ts,
    toFixedString(multiIf(length(r.traceId) = 16, r.traceId, match(r.traceId, '^[0-9A-Fa-f]{32}$'), unhex(r.traceId), ''), 16) AS trace_id,
    toFixedString(multiIf(length(r.spanId) = 8, r.spanId, match(r.spanId, '^[0-9A-Fa-f]{16}$'), unhex(r.spanId), ''), 8) AS span_id,
    service,
    scope,
    r.eventName AS event,
    toUInt8(least(greatest(r.severityNumber, 0), 24)) AS severity,
    intDiv(toUInt64(greatest(numbers[indexOf(keys, 'seeother.duration_ns')], 0)), 1000) AS duration_us,
    texts[indexOf(keys, 'http.request.method')] AS method,
    cutQueryString(texts[indexOf(keys, 'http.route')]) AS route,
    toUInt16(least(greatest(numbers[indexOf(keys, 'http.response.status_code')], 0), 999)) AS status,
    if(match(texts[if(indexOf(keys, 'error.type') AS error_at != 0, error_at, indexOf(keys, 'exception.type'))] AS error, '@|[0-9]{6}'), '{}', error) AS error_type,
    texts[indexOf(keys, 'journey.name')] AS journey,
    texts[indexOf(keys, 'journey.id')] AS journey_id,
    texts[indexOf(keys, 'journey.claimed_id')] AS claimed_id,
    texts[indexOf(keys, 'journey.step')] AS step,
    flags[indexOf(keys, 'journey.failed')] AS failed,
    flags[indexOf(keys, 'seeother.replayed')] AS replayed,
    texts[indexOf(keys, 'seeother.rule')] AS rule,
    texts[indexOf(keys, 'seeother.rule.name')] AS rule_name,
    texts[indexOf(keys, 'seeother.severity')] AS finding_severity,
    replaceRegexpAll(texts[indexOf(keys, 'seeother.message')], '\\?[^\\s`"]+', '?…') AS message,
    flags[indexOf(keys, 'seeother.repaired')] AS repaired,
    toUInt64(greatest(numbers[indexOf(keys, 'seeother.dropped')], 0)) AS dropped,
    texts[indexOf(keys, 'seeother.breaker.name')] AS breaker,
    if(breaker = '', '', texts[indexOf(keys, 'seeother.breaker.state.before')]) AS breaker_before,
    if(breaker = '', '', texts[indexOf(keys, 'seeother.breaker.state')]) AS breaker_state,
    if(breaker = '', 0, toUInt64(greatest(numbers[indexOf(keys, 'seeother.breaker.open_ms')], 0))) AS breaker_open_ms,
    is_browser,
    -- Browsers send milliseconds, as a double or, when JavaScript sees no fraction, as an integer.
    if(is_browser, toUInt64(greatest(toInt64(round(least(greatest(doubles[indexOf(keys, 'browser.navigation_timing.dom_complete')] + numbers[indexOf(keys, 'browser.navigation_timing.dom_complete')], -1e9), 1e9) * 1000)), 0)), 0) AS dom_complete_us,
    if(is_browser, texts[indexOf(keys, 'browser.navigation_timing.type')], '') AS navigation,
    if(is_browser, texts[indexOf(keys, 'browser.web_vital.name')], '') AS vital,
    if(vital = '', 0, toInt64(round(least(greatest(doubles[indexOf(keys, 'browser.web_vital.value')] + numbers[indexOf(keys, 'browser.web_vital.value')], -1e9), 1e9) * 1000))) AS vital_us,
    if(vital = '', 0, toInt64(round(least(greatest(doubles[indexOf(keys, 'browser.web_vital.delta')] + numbers[indexOf(keys, 'browser.web_vital.delta')], -1e9), 1e9) * 1000))) AS vital_delta_us,
    replaceRegexpAll(texts[indexOf(keys, 'user_agent.original')], '[^\\s/@]+@[^\\s/@]+', '{}') AS user_agent,
    texts[indexOf(keys, 'geo.country.iso_code')] AS country,
    version,
    region,
    texts[indexOf(keys, 'user_agent.synthetic.type')] AS synthetic
FROM
(
    SELECT
        service,
        version,
        region,
        is_browser,
        scope,
        r,
        if(r.timeUnixNano = 0, r.observedTimeUnixNano, r.timeUnixNano) AS at,
        tupleElement(r.attributes, 'key') AS keys,
        tupleElement(tupleElement(r.attributes, 'value'), 'stringValue') AS texts,
        tupleElement(tupleElement(r.attributes, 'value'), 'intValue') AS numbers,
        tupleElement(tupleElement(r.attributes, 'value'), 'doubleValue') AS doubles,
        tupleElement(tupleElement(r.attributes, 'value'), 'boolValue') AS flags
    FROM
    (
        SELECT
            service,
            version,
            region,
            is_browser,
            sl.scope.name AS scope,
            arrayJoin(arrayFilter(
                x -> if(x.timeUnixNano = 0, x.observedTimeUnixNano, x.timeUnixNano)
                    BETWEEN 946684800000000000 AND 4102444799999999999,
                sl.logRecords)) AS r
        FROM
        (
            SELECT
                arrayFirst(a -> a.key = 'service.name', rl.resource.attributes).value.stringValue AS service,
                arrayFirst(a -> a.key = 'service.version', rl.resource.attributes).value.stringValue AS version,
                arrayFirst(a -> a.key = 'cloud.region', rl.resource.attributes).value.stringValue AS region,
                arrayFirst(a -> a.key = 'telemetry.sdk.language', rl.resource.attributes).value.stringValue = 'webjs' AS is_browser,
                arrayJoin(rl.scopeLogs) AS sl
            FROM (SELECT arrayJoin(resourceLogs) AS rl FROM logs_protobuf)
        )
    )
);
