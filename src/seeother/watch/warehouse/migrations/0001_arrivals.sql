-- SPDX-License-Identifier: Apache-2.0
-- Where request bodies arrive. Nothing is kept here (engine Null): views on these tables take the bodies apart.
-- `body` is the receiver's number for a request body, so that `rejections` can say whose records were refused.

CREATE TABLE IF NOT EXISTS traces_protobuf
(
    body Array(UInt64),
    resourceSpans Array(Tuple(
        resource Tuple(attributes Array(Tuple(
            key String, value Tuple(stringValue String, boolValue Bool, intValue Int64)))),
        scopeSpans Array(Tuple(
            scope Tuple(name String),
            spans Array(Tuple(
                traceId String, spanId String, parentSpanId String, name String, kind Int32,
                startTimeUnixNano UInt64, endTimeUnixNano UInt64,
                attributes Array(Tuple(
                    key String, value Tuple(stringValue String, boolValue Bool, intValue Int64))),
                status Tuple(code Int32)))))))
)
ENGINE = Null;

CREATE TABLE IF NOT EXISTS logs_protobuf
(
    body Array(UInt64),
    resourceLogs Array(Tuple(
        resource Tuple(attributes Array(Tuple(
            key String, value Tuple(stringValue String, boolValue Bool, intValue Int64, doubleValue Float64)))),
        scopeLogs Array(Tuple(
            scope Tuple(name String),
            logRecords Array(Tuple(
                timeUnixNano UInt64, observedTimeUnixNano UInt64, traceId String, spanId String,
                severityNumber Int32, eventName String,
                attributes Array(Tuple(
                    key String, value Tuple(stringValue String, boolValue Bool, intValue Int64, doubleValue Float64)))))))))
)
ENGINE = Null;

-- OTLP/JSON arrives as text, one row a body, so that no body can swallow its neighbour; parsed, it goes the same way.
CREATE TABLE IF NOT EXISTS traces_json (body UInt64, content String) ENGINE = Null;

CREATE TABLE IF NOT EXISTS logs_json (body UInt64, content String) ENGINE = Null;

CREATE MATERIALIZED VIEW IF NOT EXISTS traces_from_json TO traces_protobuf AS
SELECT
    [body] AS body,
    JSONExtract(content, 'resourceSpans', 'Array(Tuple(
        resource Tuple(attributes Array(Tuple(
            key String, value Tuple(stringValue String, boolValue Bool, intValue Int64)))),
        scopeSpans Array(Tuple(
            scope Tuple(name String),
            spans Array(Tuple(
                traceId String, spanId String, parentSpanId String, name String, kind Int32,
                startTimeUnixNano UInt64, endTimeUnixNano UInt64,
                attributes Array(Tuple(
                    key String, value Tuple(stringValue String, boolValue Bool, intValue Int64))),
                status Tuple(code Int32)))))))') AS resourceSpans
FROM traces_json;

CREATE MATERIALIZED VIEW IF NOT EXISTS logs_from_json TO logs_protobuf AS
SELECT
    [body] AS body,
    JSONExtract(content, 'resourceLogs', 'Array(Tuple(
        resource Tuple(attributes Array(Tuple(
            key String, value Tuple(stringValue String, boolValue Bool, intValue Int64, doubleValue Float64)))),
        scopeLogs Array(Tuple(
            scope Tuple(name String),
            logRecords Array(Tuple(
                timeUnixNano UInt64, observedTimeUnixNano UInt64, traceId String, spanId String,
                severityNumber Int32, eventName String,
                attributes Array(Tuple(
                    key String, value Tuple(stringValue String, boolValue Bool, intValue Int64, doubleValue Float64)))))))))') AS resourceLogs
FROM logs_json;
