-- SPDX-License-Identifier: Apache-2.0
-- Log records from the exporter's table, of both generations: with TimestampTime or without, we need neither. A table
-- from before EventName keeps the name among the attributes; then watch reads it there.

CREATE MATERIALIZED VIEW IF NOT EXISTS log_records_from_otel_logs TO log_records AS
SELECT
    toDateTime64(l.Timestamp, 6, 'UTC') AS ts,
    toFixedString(if(length(l.TraceId) = 32, unhex(l.TraceId), ''), 16) AS trace_id,
    toFixedString(if(length(l.SpanId) = 16, unhex(l.SpanId), ''), 8) AS span_id,
    l.ServiceName AS service,
    l.ScopeName AS scope,
    l.EventName AS event,
    toUInt8(least(l.SeverityNumber, 24)) AS severity,
    intDiv(toUInt64(greatest(toInt64OrZero(l.LogAttributes['seeother.duration_ns']), 0)), 1000) AS duration_us,
    l.LogAttributes['http.request.method'] AS method,
    cutQueryString(l.LogAttributes['http.route']) AS route,
    toUInt16(least(greatest(toInt64OrZero(l.LogAttributes['http.response.status_code']), 0), 999)) AS status,
    if(match(
        if(mapContains(l.LogAttributes, 'error.type'), l.LogAttributes['error.type'], l.LogAttributes['exception.type']) AS error,
        '@|[0-9]{6}'), '{}', error) AS error_type,
    l.LogAttributes['journey.name'] AS journey,
    l.LogAttributes['journey.id'] AS journey_id,
    l.LogAttributes['journey.claimed_id'] AS claimed_id,
    l.LogAttributes['journey.step'] AS step,
    l.LogAttributes['journey.failed'] = 'true' AS failed,
    l.LogAttributes['seeother.replayed'] = 'true' AS replayed,
    l.LogAttributes['seeother.rule'] AS rule,
    l.LogAttributes['seeother.rule.name'] AS rule_name,
    l.LogAttributes['seeother.severity'] AS finding_severity,
    replaceRegexpAll(l.LogAttributes['seeother.message'], '\\?[^\\s`"]+', '?…') AS message,
    l.LogAttributes['seeother.repaired'] = 'true' AS repaired,
    toUInt64(greatest(toInt64OrZero(l.LogAttributes['seeother.dropped']), 0)) AS dropped,
    l.LogAttributes['seeother.breaker.name'] AS breaker,
    if(breaker = '', '', l.LogAttributes['seeother.breaker.state.before']) AS breaker_before,
    if(breaker = '', '', l.LogAttributes['seeother.breaker.state']) AS breaker_state,
    if(breaker = '', 0, toUInt64(greatest(toInt64OrZero(l.LogAttributes['seeother.breaker.open_ms']), 0))) AS breaker_open_ms,
    l.ResourceAttributes['telemetry.sdk.language'] = 'webjs' AS is_browser,
    if(is_browser, toUInt64(greatest(toInt64(round(least(greatest(
        toFloat64OrZero(l.LogAttributes['browser.navigation_timing.dom_complete']), -1e9), 1e9) * 1000)), 0)), 0) AS dom_complete_us,
    if(is_browser, l.LogAttributes['browser.navigation_timing.type'], '') AS navigation,
    if(is_browser, l.LogAttributes['browser.web_vital.name'], '') AS vital,
    if(vital = '', 0, toInt64(round(least(greatest(
        toFloat64OrZero(l.LogAttributes['browser.web_vital.value']), -1e9), 1e9) * 1000))) AS vital_us,
    if(vital = '', 0, toInt64(round(least(greatest(
        toFloat64OrZero(l.LogAttributes['browser.web_vital.delta']), -1e9), 1e9) * 1000))) AS vital_delta_us,
    replaceRegexpAll(l.LogAttributes['user_agent.original'], '[^\\s/@]+@[^\\s/@]+', '{}') AS user_agent,
    l.LogAttributes['geo.country.iso_code'] AS country,
    l.ResourceAttributes['service.version'] AS version,
    l.ResourceAttributes['cloud.region'] AS region,
    l.LogAttributes['user_agent.synthetic.type'] AS synthetic
FROM otel_logs AS l
WHERE l.Timestamp BETWEEN toDateTime64('2000-01-01 00:00:00', 9, 'UTC') AND toDateTime64('2099-12-31 23:59:59.999999999', 9, 'UTC');
