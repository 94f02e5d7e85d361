-- SPDX-License-Identifier: Apache-2.0
-- Question: when was a journey seen?
-- In whole days, and the day after them, for browsers tell of a page when it is left. No row for a journey that is
-- unknown or synthetic.
--
-- Parameters:
--   journey_id   String   id of the journey
-- Columns:
--   since_us   Int64   microseconds since the epoch
--   until_us   Int64   microseconds since the epoch, outside
SELECT
    toInt64(min(day)) * 86400000000 AS since_us,
    toInt64(max(day) + 2) * 86400000000 AS until_us
FROM journeys
WHERE journey_id = {journey_id:String}
GROUP BY journey_id
