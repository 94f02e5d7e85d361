-- SPDX-License-Identifier: Apache-2.0
-- One row a journey and day. Rows of one key may stand apart until the engine merges them, and a journey over
-- midnight has two: always GROUP BY journey_id. Sets of steps are bits: 1 << (position - 1); 64 steps at most, and none
-- for steps that are not configured. Moments are microseconds since the epoch, 0 when there was none.

CREATE TABLE IF NOT EXISTS journeys
(
    journey LowCardinality(String),
    day Date,
    journey_id String CODEC(ZSTD(3)),
    first_attempt SimpleAggregateFunction(min, UInt64) CODEC(ZSTD(1)) COMMENT '18446744073709551615 when none',
    last_exchange SimpleAggregateFunction(max, UInt64) CODEC(ZSTD(1)),
    last_attempt SimpleAggregateFunction(max, UInt64) CODEC(ZSTD(1)) COMMENT 'moment * 256 + position * 2 + whether it failed',
    last_failure SimpleAggregateFunction(max, UInt64) CODEC(ZSTD(1)) COMMENT 'moment of the last failed attempt',
    attempted SimpleAggregateFunction(groupBitOr, UInt64) CODEC(ZSTD(1)) COMMENT 'steps that were attempted',
    passed SimpleAggregateFunction(groupBitOr, UInt64) CODEC(ZSTD(1)) COMMENT 'steps with an attempt that did not fail',
    succeeded SimpleAggregateFunction(groupBitOr, UInt64) CODEC(ZSTD(1)) COMMENT 'steps with an attempt that was answered 2xx',
    broke SimpleAggregateFunction(groupBitOr, UInt64) CODEC(ZSTD(1)) COMMENT 'steps with an attempt that failed',
    attempts SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    failed SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)) COMMENT 'attempts that failed',
    INDEX by_id journey_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (journey, day, journey_id)
SETTINGS non_replicated_deduplication_window = 20000;

CREATE MATERIALIZED VIEW IF NOT EXISTS journeys_from_steps TO journeys AS
SELECT
    journey, day, journey_id,
    min(if(is_attempt, us, 18446744073709551615)) AS first_attempt,
    max(us) AS last_exchange,
    max(if(is_attempt, us * 256 + least(position, 127) * 2 + has_failed, 0)) AS last_attempt,
    max(if(has_failed, us, 0)) AS last_failure,
    groupBitOr(bit) AS attempted,
    groupBitOr(if(has_failed, 0, bit)) AS passed,
    groupBitOr(if(NOT has_failed AND status BETWEEN 200 AND 299, bit, 0)) AS succeeded,
    groupBitOr(if(has_failed, bit, 0)) AS broke,
    sum(is_attempt) AS attempts,
    sum(has_failed) AS failed
FROM
(
    SELECT
        journey, toDate(ts) AS day, journey_id, status, position,
        toUInt64(toUnixTimestamp64Micro(ts)) AS us,
        step != '' AS is_attempt,
        steps.failed AND is_attempt AS has_failed,
        if(position BETWEEN 1 AND 64, bitShiftLeft(toUInt64(1), toUInt8(greatest(position, 1) - 1)), 0) AS bit
    FROM steps
    WHERE synthetic = ''
)
GROUP BY journey, day, journey_id;
