-- SPDX-License-Identifier: Apache-2.0
-- Counts per journey, step and minute. Rows of one key may stand apart until the engine merges them: always read sums.

CREATE TABLE IF NOT EXISTS step_minutes
(
    minute DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    journey LowCardinality(String),
    step LowCardinality(String),
    attempts UInt64,
    failed UInt64 COMMENT 'attempts that failed',
    http_errors UInt64 COMMENT 'failed attempts with a status of 400 or more',
    replayed UInt64 COMMENT 'attempts answered by the ledger',
    duration_us UInt64 COMMENT 'sum over the attempts, microseconds'
)
ENGINE = SummingMergeTree
PARTITION BY toYYYYMM(minute)
ORDER BY (journey, step, minute);

CREATE MATERIALIZED VIEW IF NOT EXISTS step_minutes_from_steps TO step_minutes AS
SELECT
    toStartOfMinute(toDateTime(ts, 'UTC')) AS minute,
    journey,
    step,
    count() AS attempts,
    countIf(failed) AS failed,
    countIf(steps.failed AND status >= 400) AS http_errors,
    countIf(steps.replayed) AS replayed,
    sum(steps.duration_us) AS duration_us
FROM steps
WHERE step != ''
GROUP BY minute, journey, step;
