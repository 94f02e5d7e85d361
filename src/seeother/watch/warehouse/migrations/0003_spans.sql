-- SPDX-License-Identifier: Apache-2.0
-- One row a span, a column per known attribute, the rows of a trace side by side (the smallest layout measured).
-- Attributes that OpenTelemetry has renamed (http.method, http.target, http.status_code) are read where the new are missing.
-- Personal data: of a raw path nothing is kept once there is a route, and never a query string. Where there is none, a
-- segment with a mail address, six digits or more, or what looks like a token is `{}`: as receive/scrub.py has it of
-- browsers (this engine's expressions look neither ahead nor behind). Whoever writes an agent's name may put a mail there.

CREATE TABLE IF NOT EXISTS spans
(
    ts DateTime64(6, 'UTC') CODEC(Delta, T64, ZSTD(3)) COMMENT 'start of the span',
    trace_id FixedString(16) CODEC(ZSTD(3)),
    span_id FixedString(8) CODEC(NONE),
    parent_id FixedString(8) CODEC(ZSTD(3)) COMMENT 'all zero at a root',
    service LowCardinality(String) COMMENT 'service.name',
    scope LowCardinality(String) COMMENT 'instrumentation scope',
    name LowCardinality(String),
    kind LowCardinality(String) COMMENT 'Unspecified, Internal, Server, Client, Producer, Consumer',
    state LowCardinality(String) COMMENT 'Unset, Ok, Error',
    duration_us UInt64 CODEC(T64, ZSTD(3)) COMMENT 'microseconds',
    method LowCardinality(String) COMMENT 'http.request.method',
    route LowCardinality(String) COMMENT 'http.route',
    path String CODEC(ZSTD(3)) COMMENT 'url.path without its query, only where there is no route',
    status UInt16 CODEC(ZSTD(3)) COMMENT 'http.response.status_code, 0 when none',
    error_type LowCardinality(String) COMMENT 'error.type',
    peer LowCardinality(String) COMMENT 'server.address',
    journey LowCardinality(String) COMMENT 'journey.name',
    journey_id String CODEC(ZSTD(3)) COMMENT 'journey.id, verified',
    claimed_id String CODEC(ZSTD(3)) COMMENT 'journey.claimed_id, unverified',
    step LowCardinality(String) COMMENT 'journey.step',
    failed Bool COMMENT 'journey.failed',
    replayed Bool COMMENT 'seeother.replayed',
    session String CODEC(ZSTD(3)) COMMENT 'what identities says tells people apart where no guard is; else empty',
    user_agent LowCardinality(String) COMMENT 'user_agent.original, of server spans',
    country LowCardinality(String) COMMENT 'geo.country.iso_code, of server spans',
    version LowCardinality(String) COMMENT 'service.version',
    region LowCardinality(String) COMMENT 'cloud.region',
    synthetic LowCardinality(String) COMMENT 'user_agent.synthetic.type, of server spans: bot or test'
)
ENGINE = MergeTree
PARTITION BY toDate(ts)
ORDER BY (service, toStartOfMinute(ts), trace_id, ts)
SETTINGS non_replicated_deduplication_window = 20000, enable_block_number_column = 1,
    merge_selector_base = 30, enable_vertical_merge_algorithm = 0;

-- An id is raw bytes in protobuf and hex in JSON; whatever is neither was refused (see rejections) and is left out here.
CREATE MATERIALIZED VIEW IF NOT EXISTS spans_from_traces TO spans AS
WITH text -> if(match(text, '@|%40|[0-9]([ .-]?[0-9]){5}|[A-Za-z0-9_.-]{20}'),
    arrayStringConcat(arrayMap(
        part -> if(match(part, '@|%40|[0-9]([ .-]?[0-9]){5}') OR (match(part, '[A-Za-z0-9_.-]{20}') AND match(part, '[0-9]')), '{}', part),
        splitByChar('/', text)), '/'),
    text) AS scrubbed
SELECT
    fromUnixTimestamp64Micro(toInt64(intDiv(s.startTimeUnixNano, 1000)), 'UTC') AS ts,
    toFixedString(if(length(s.traceId) = 16, s.traceId, unhex(s.traceId)), 16) AS trace_id,
    toFixedString(if(length(s.spanId) = 8, s.spanId, unhex(s.spanId)), 8) AS span_id,
    toFixedString(multiIf(length(s.parentSpanId) = 8, s.parentSpanId, length(s.parentSpanId) = 16, unhex(s.parentSpanId), ''), 8) AS parent_id,
    service,
    scope,
    if(route = '' AND position(s.name, ' /') != 0, scrubbed(cutQueryString(s.name)), cutQueryString(s.name)) AS name,
    ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'][s.kind + 1] AS kind,
    ['Unset', 'Ok', 'Error'][s.status.code + 1] AS state,
    intDiv(greatest(s.endTimeUnixNano, s.startTimeUnixNano) - s.startTimeUnixNano, 1000) AS duration_us,
    if(indexOf(keys, 'http.request.method') AS method_at != 0, texts[method_at], texts[indexOf(keys, 'http.method')]) AS method,
    cutQueryString(texts[indexOf(keys, 'http.route')]) AS route,
    if(route != '', '', scrubbed(cutQueryString(texts[if(indexOf(keys, 'url.path') AS path_at != 0, path_at, indexOf(keys, 'http.target'))]))) AS path,
    toUInt16(least(greatest(
        if(indexOf(keys, 'http.response.status_code') AS status_at != 0, numbers[status_at], numbers[indexOf(keys, 'http.status_code')]), 0), 999)) AS status,
    if(match(texts[indexOf(keys, 'error.type')] AS error, '@|[0-9]{6}'), '{}', error) AS error_type,
    texts[indexOf(keys, 'server.address')] AS peer,
    texts[indexOf(keys, 'journey.name')] AS journey,
    texts[indexOf(keys, 'journey.id')] AS journey_id,
    texts[indexOf(keys, 'journey.claimed_id')] AS claimed_id,
    texts[indexOf(keys, 'journey.step')] AS step,
    flags[indexOf(keys, 'journey.failed')] AS failed,
    flags[indexOf(keys, 'seeother.replayed')] AS replayed,
    if(s.kind = 2 AND scope != 'seeother', texts[indexOf(keys, dictGet('identity', 'attribute', toUInt64(1)))], '') AS session,
    if(s.kind = 2, replaceRegexpAll(texts[indexOf(keys, 'user_agent.original')], '[^\\s/@]+@[^\\s/@]+', '{}'), '') AS user_agent,
    if(s.kind = 2, texts[indexOf(keys, 'geo.country.iso_code')], '') AS country,
    version,
    region,
    if(s.kind = 2, texts[indexOf(keys, 'user_agent.synthetic.type')], '') AS synthetic
FROM
(
    SELECT
        service,
        version,
        region,
        scope,
        s,
        tupleElement(s.attributes, 'key') AS keys,
        tupleElement(tupleElement(s.attributes, 'value'), 'stringValue') AS texts,
        tupleElement(tupleElement(s.attributes, 'value'), 'intValue') AS numbers,
        tupleElement(tupleElement(s.attributes, 'value'), 'boolValue') AS flags
    FROM
    (
        SELECT
            service,
            version,
            region,
            ss.scope.name AS scope,
            -- Filtered while still an array: a WHERE above costs six milliseconds an insert, whatever its size.
            arrayJoin(arrayFilter(
                x -> (length(x.traceId) = 16 OR match(x.traceId, '^[0-9A-Fa-f]{32}$'))
                    AND (length(x.spanId) = 8 OR match(x.spanId, '^[0-9A-Fa-f]{16}$'))
                    AND x.startTimeUnixNano BETWEEN 946684800000000000 AND 4102444799999999999,
                ss.spans)) AS s
        FROM
        (
            SELECT
                arrayFirst(a -> a.key = 'service.name', rs.resource.attributes).value.stringValue AS service,
                arrayFirst(a -> a.key = 'service.version', rs.resource.attributes).value.stringValue AS version,
                arrayFirst(a -> a.key = 'cloud.region', rs.resource.attributes).value.stringValue AS region,
                arrayJoin(rs.scopeSpans) AS ss
            FROM (SELECT arrayJoin(resourceSpans) AS rs FROM traces_protobuf)
        )
    )
);
