-- SPDX-License-Identifier: Apache-2.0
-- One row a finding of a guard, in the order of time.

CREATE TABLE IF NOT EXISTS findings
(
    ts DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(3)),
    rule LowCardinality(String) COMMENT 'such as RED001',
    name LowCardinality(String),
    severity LowCardinality(String) COMMENT 'error, warning, advice',
    message String CODEC(ZSTD(3)),
    repaired Bool,
    service LowCardinality(String),
    method LowCardinality(String),
    route LowCardinality(String),
    status UInt16 CODEC(ZSTD(3)) COMMENT '0 when none',
    journey LowCardinality(String) COMMENT 'empty outside a journey',
    journey_id String CODEC(ZSTD(3)),
    step LowCardinality(String),
    trace_id FixedString(16) CODEC(ZSTD(3)) COMMENT 'all zero outside a trace',
    span_id FixedString(8) CODEC(ZSTD(3))
)
ENGINE = MergeTree
PARTITION BY toDate(ts)
ORDER BY ts
SETTINGS non_replicated_deduplication_window = 20000;

CREATE MATERIALIZED VIEW IF NOT EXISTS findings_from_log_records TO findings AS
SELECT
    ts, rule, rule_name AS name, finding_severity AS severity, message, repaired, service, method, route, status,
    journey, journey_id, step, trace_id, span_id
FROM log_records
WHERE scope = 'seeother' AND event = 'seeother.finding';
