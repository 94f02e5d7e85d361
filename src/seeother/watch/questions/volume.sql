-- SPDX-License-Identifier: Apache-2.0
-- Question: how much is stored?
--
-- Columns:
--   spans, log_records, steps, findings   UInt64   rows
SELECT
    (SELECT count() FROM spans) AS spans,
    (SELECT count() FROM log_records) AS log_records,
    (SELECT count() FROM steps) AS steps,
    (SELECT count() FROM findings) AS findings
