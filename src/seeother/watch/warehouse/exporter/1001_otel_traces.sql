-- SPDX-License-Identifier: Apache-2.0
-- The other feeder: spans from the table that the OpenTelemetry Collector's clickhouseexporter fills (Map variant; we
-- touch neither names nor types of it). Row by row the same as what 0003 makes of the same telemetry.

CREATE MATERIALIZED VIEW IF NOT EXISTS spans_from_otel_traces TO spans AS
WITH text -> if(match(text, '@|%40|[0-9]([ .-]?[0-9]){5}|[A-Za-z0-9_.-]{20}'),
    arrayStringConcat(arrayMap(
        part -> if(match(part, '@|%40|[0-9]([ .-]?[0-9]){5}') OR (match(part, '[A-Za-z0-9_.-]{20}') AND match(part, '[0-9]')), '{}', part),
        splitByChar('/', text)), '/'),
    text) AS scrubbed
SELECT
    toDateTime64(t.Timestamp, 6, 'UTC') AS ts,
    toFixedString(unhex(t.TraceId), 16) AS trace_id,
    toFixedString(unhex(t.SpanId), 8) AS span_id,
    toFixedString(if(length(t.ParentSpanId) = 16, unhex(t.ParentSpanId), ''), 8) AS parent_id,
    t.ServiceName AS service,
    t.ScopeName AS scope,
    if(route = '' AND position(t.SpanName, ' /') != 0, scrubbed(cutQueryString(toString(t.SpanName))), cutQueryString(toString(t.SpanName))) AS name,
    t.SpanKind AS kind,
    t.StatusCode AS state,
    intDiv(t.Duration, 1000) AS duration_us,
    if(mapContains(t.SpanAttributes, 'http.request.method'), t.SpanAttributes['http.request.method'], t.SpanAttributes['http.method']) AS method,
    cutQueryString(t.SpanAttributes['http.route']) AS route,
    if(route != '', '', scrubbed(cutQueryString(
        if(mapContains(t.SpanAttributes, 'url.path'), t.SpanAttributes['url.path'], t.SpanAttributes['http.target'])))) AS path,
    toUInt16(least(greatest(toInt64OrZero(
        if(mapContains(t.SpanAttributes, 'http.response.status_code'),
            t.SpanAttributes['http.response.status_code'], t.SpanAttributes['http.status_code'])), 0), 999)) AS status,
    if(match(t.SpanAttributes['error.type'] AS error, '@|[0-9]{6}'), '{}', error) AS error_type,
    t.SpanAttributes['server.address'] AS peer,
    t.SpanAttributes['journey.name'] AS journey,
    t.SpanAttributes['journey.id'] AS journey_id,
    t.SpanAttributes['journey.claimed_id'] AS claimed_id,
    t.SpanAttributes['journey.step'] AS step,
    t.SpanAttributes['journey.failed'] = 'true' AS failed,
    t.SpanAttributes['seeother.replayed'] = 'true' AS replayed,
    if(t.SpanKind = 'Server' AND t.ScopeName != 'seeother', t.SpanAttributes[dictGet('identity', 'attribute', toUInt64(1))], '') AS session,
    if(t.SpanKind = 'Server', replaceRegexpAll(t.SpanAttributes['user_agent.original'], '[^\\s/@]+@[^\\s/@]+', '{}'), '') AS user_agent,
    if(t.SpanKind = 'Server', t.SpanAttributes['geo.country.iso_code'], '') AS country,
    t.ResourceAttributes['service.version'] AS version,
    t.ResourceAttributes['cloud.region'] AS region,
    if(t.SpanKind = 'Server', t.SpanAttributes['user_agent.synthetic.type'], '') AS synthetic
FROM otel_traces AS t
WHERE length(t.TraceId) = 32 AND length(t.SpanId) = 16
    AND t.Timestamp BETWEEN toDateTime64('2000-01-01 00:00:00', 9, 'UTC') AND toDateTime64('2099-12-31 23:59:59.999999999', 9, 'UTC');
