-- SPDX-License-Identifier: Apache-2.0
-- Which days of the exporter's tables have been read that were there before our views were.

CREATE TABLE IF NOT EXISTS backfills
(
    day Date,
    is_done Bool COMMENT 'a day has two rows: when its reading began, and when it was done',
    at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = MergeTree
ORDER BY day;
