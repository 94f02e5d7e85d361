-- SPDX-License-Identifier: Apache-2.0
-- Which days of the exporter's tables have to be read, and which have been: the newest row of a source and day counts.
-- The day 1970-01-01 stands for the source itself: `listed` when its days have been written down here, `paused` when our
-- view has been taken off it for a while.

CREATE TABLE IF NOT EXISTS backfills
(
    source LowCardinality(String) COMMENT 'otel_traces or otel_logs',
    day Date,
    state LowCardinality(String) COMMENT 'listed, begun, done; paused',
    at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = MergeTree
ORDER BY (source, day, at);
