-- SPDX-License-Identifier: Apache-2.0
-- Question: how many days of a Collector's tables have not been read yet, so that too little is told of them?
--
-- Columns:
--   days   UInt64   days
SELECT uniqExact(day) AS days
FROM
(
    SELECT b.source AS source, b.day AS day, argMax(b.state, b.at) AS last
    FROM backfills AS b
    WHERE b.day > toDate(0)
    GROUP BY b.source, b.day
    HAVING last != 'done'
)
