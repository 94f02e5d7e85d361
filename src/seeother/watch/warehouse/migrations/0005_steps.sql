-- SPDX-License-Identifier: Apache-2.0
-- One row per exchange of a journey, as its guard recorded it: scope `seeother`, a span of its own or, beside a host's
-- span, a log event `journey.step`. Host spans that carry the same attributes stay out, so nothing counts twice.
-- `step` is empty where the exchange attempts none. A journey is known by (journey, journey_id).

CREATE TABLE IF NOT EXISTS steps
(
    ts DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(3)) COMMENT 'when the request arrived',
    journey LowCardinality(String),
    journey_id String CODEC(ZSTD(3)),
    claimed_id String CODEC(ZSTD(3)),
    step LowCardinality(String),
    service LowCardinality(String),
    method LowCardinality(String),
    route LowCardinality(String),
    status UInt16 CODEC(ZSTD(3)) COMMENT '0 when no head was sent',
    failed Bool,
    error_type LowCardinality(String),
    replayed Bool COMMENT 'answered by the ledger',
    duration_us UInt64 CODEC(T64, ZSTD(3)) COMMENT 'microseconds',
    trace_id FixedString(16) CODEC(ZSTD(3)),
    span_id FixedString(8) CODEC(NONE)
)
ENGINE = MergeTree
PARTITION BY toDate(ts)
ORDER BY (journey, toStartOfHour(ts), journey_id, ts);

CREATE MATERIALIZED VIEW IF NOT EXISTS steps_from_spans TO steps AS
SELECT ts, journey, journey_id, claimed_id, step, service, method, route, status, failed, error_type, replayed, duration_us, trace_id, span_id
FROM spans
WHERE scope = 'seeother' AND kind = 'Server' AND journey_id != '';

CREATE MATERIALIZED VIEW IF NOT EXISTS steps_from_log_records TO steps AS
SELECT ts, journey, journey_id, claimed_id, step, service, method, route, status, failed, error_type, replayed, duration_us, trace_id, span_id
FROM log_records
WHERE scope = 'seeother' AND event = 'journey.step' AND journey_id != '';
