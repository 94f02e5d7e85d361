-- SPDX-License-Identifier: Apache-2.0
-- Counts of what is only known from what came after it, or did not come: no view can make them. Whoever runs the store
-- counts the minutes again that new rows touch, and adds the difference to what is here (recount.py); so rows that are
-- late change them like any others, and whatever is interrupted is right after the next time. People only, in slots of
-- four lengths and summed like those in 0009.

-- Of attempts, and of page views.
CREATE TABLE IF NOT EXISTS attempt_counts
(
    journey LowCardinality(String),
    measure Enum8(
        'broken' = 1, 'provisional' = 2, 'up_us' = 3, 'down_us' = 4, 'submit' = 5, 'submit_us' = 6,
        'followed' = 7, 'slow' = 8, 'complete' = 9, 'complete_us' = 10, 'error_view' = 11)
        COMMENT 'as in recounts/attempts.sql',
    question Enum8('unrepaired' = 1, 'uptime' = 2, 'submits' = 3) DEFAULT multiIf(
        measure IN ('broken', 'provisional', 'error_view'), 'unrepaired', measure IN ('up_us', 'down_us'), 'uptime', 'submits')
        COMMENT 'that reads it: what it reads stands together',
    grain UInt16 COMMENT 'length of the slot, minutes: 1, 10, 60 or 1440',
    start DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)) COMMENT 'of the slot',
    step LowCardinality(String) COMMENT 'that is attempted, or whose page it is; empty for up_us and down_us',
    status UInt16 COMMENT 'of submits; else 0',
    bucket UInt16 COMMENT 'of submit and complete, of how long it took: floor(8 log2(microseconds + 1)); else 0',
    n Int64
)
ENGINE = SummingMergeTree
PARTITION BY toYYYYMM(start)
ORDER BY (journey, question, grain, start, step, status, measure, bucket);

-- Of journeys, by when they began. Sets of steps are bits, as in 0010.
CREATE TABLE IF NOT EXISTS journey_counts
(
    journey LowCardinality(String),
    grain UInt16 COMMENT 'length of the slot, minutes: 1, 10, 60 or 1440',
    start DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)) COMMENT 'of the slot in which they began',
    attempted UInt64 COMMENT 'steps that were attempted',
    passed UInt64 COMMENT 'steps with an attempt that did not fail',
    succeeded UInt64 COMMENT 'steps with an attempt that was answered 2xx',
    stands_at UInt8 COMMENT 'position * 2 of the last attempt, and 1 more if that failed',
    was_failing Bool COMMENT 'the last exchange came within 10 s of a failed attempt',
    state Enum8('open' = 1, 'overdue' = 2, 'ended' = 3)
        COMMENT 'had an exchange within abandoned_after: began within timeout, or earlier; or had none',
    n Int64
)
ENGINE = SummingMergeTree
PARTITION BY toYYYYMM(start)
ORDER BY (journey, grain, start, attempted, passed, succeeded, stands_at, was_failing, state);

-- How far that is; the newest row counts.
CREATE TABLE IF NOT EXISTS recounts
(
    at DateTime64(6, 'UTC') COMMENT 'the moment as of which everything was counted',
    steps_block Int64 COMMENT 'the last block of steps that is counted',
    pages_block Int64 COMMENT 'the same of pages',
    rules String COMMENT 'digest of when a journey has ended',
    number UInt64 DEFAULT toUnixTimestamp64Micro(now64(6)) COMMENT 'grows'
)
ENGINE = MergeTree
ORDER BY number
TTL toDateTime(at) + INTERVAL 30 DAY;
