-- SPDX-License-Identifier: Apache-2.0
-- One row each time a breaker changed its state, in the order of time.

CREATE TABLE IF NOT EXISTS breaker_changes
(
    ts DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(3)),
    service LowCardinality(String) COMMENT 'who calls',
    breaker LowCardinality(String) COMMENT 'the service or host that is called',
    before LowCardinality(String) COMMENT 'closed, open, half-open',
    state LowCardinality(String),
    open_ms UInt64 COMMENT 'until a probe is let through, milliseconds; 0 when not open',
    journey LowCardinality(String) COMMENT 'of the exchange whose call caused it, empty when none',
    journey_id String CODEC(ZSTD(3)),
    step LowCardinality(String),
    trace_id FixedString(16) CODEC(ZSTD(3)) COMMENT 'all zero outside a trace'
)
ENGINE = MergeTree
PARTITION BY toDate(ts)
ORDER BY ts
SETTINGS non_replicated_deduplication_window = 20000;

CREATE MATERIALIZED VIEW IF NOT EXISTS breaker_changes_from_log_records TO breaker_changes AS
SELECT
    ts, service, breaker, breaker_before AS before, breaker_state AS state, breaker_open_ms AS open_ms,
    journey, journey_id, step, trace_id
FROM log_records
WHERE scope = 'seeother' AND event = 'seeother.breaker.state_changed';
