-- SPDX-License-Identifier: Apache-2.0
-- Under which configuration the rows in `steps` and all tables behind it were made; the newest row counts.

CREATE TABLE IF NOT EXISTS folds
(
    configuration String COMMENT 'digest of journeys, routes and identity',
    at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = MergeTree
ORDER BY at;
