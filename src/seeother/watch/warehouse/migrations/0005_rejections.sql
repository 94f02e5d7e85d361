-- SPDX-License-Identifier: Apache-2.0
-- What was refused, by the receiver's number for the request body: the answer's partial success is read from here,
-- and so can an operator who misses spans. `empty` bodies hold nothing at all: an empty request, or JSON that
-- is none (the receiver finds out which). The conditions are the exact opposite of those on the views in 0003 and 0004.

CREATE TABLE IF NOT EXISTS rejections
(
    received DateTime64(3, 'UTC') DEFAULT now64(3),
    body UInt64 COMMENT 'number of the request body',
    signal LowCardinality(String) COMMENT 'traces or logs',
    empty Bool,
    records UInt64 COMMENT 'spans or log records refused'
)
ENGINE = MergeTree
ORDER BY body
TTL toDateTime(received) + INTERVAL 30 DAY
SETTINGS non_replicated_deduplication_window = 20000;

CREATE MATERIALIZED VIEW IF NOT EXISTS rejections_from_traces TO rejections AS
SELECT
    body[1] AS body,
    'traces' AS signal,
    empty(starts) AS empty,
    arrayCount(
        (trace, span, start) -> NOT (
            (length(trace) = 16 OR match(trace, '^[0-9A-Fa-f]{32}$'))
            AND (length(span) = 8 OR match(span, '^[0-9A-Fa-f]{16}$'))
            AND start BETWEEN 946684800000000000 AND 4102444799999999999),
        traces, spans, starts) AS records
FROM
(
    SELECT
        body,
        arrayFlatten(resourceSpans.scopeSpans.spans.traceId) AS traces,
        arrayFlatten(resourceSpans.scopeSpans.spans.spanId) AS spans,
        arrayFlatten(resourceSpans.scopeSpans.spans.startTimeUnixNano) AS starts
    FROM traces_protobuf
)
WHERE empty OR records > 0;

CREATE MATERIALIZED VIEW IF NOT EXISTS rejections_from_logs TO rejections AS
SELECT
    body[1] AS body,
    'logs' AS signal,
    empty(times) AS empty,
    arrayCount(
        (time, observed) ->
            if(time = 0, observed, time) NOT BETWEEN 946684800000000000 AND 4102444799999999999,
        times, observations) AS records
FROM
(
    SELECT
        body,
        arrayFlatten(resourceLogs.scopeLogs.logRecords.timeUnixNano) AS times,
        arrayFlatten(resourceLogs.scopeLogs.logRecords.observedTimeUnixNano) AS observations
    FROM logs_protobuf
)
WHERE empty OR records > 0;
