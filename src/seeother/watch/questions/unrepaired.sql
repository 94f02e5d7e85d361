-- SPDX-License-Identifier: Apache-2.0
-- Question: how many attempts of each step of a journey broke in a period, and how many views of its page?
-- Broken: failed, and no later attempt of the step in the same journey succeeded within 60 s; until these have passed,
-- it is provisional. A page view has an error when the first of its JavaScript errors comes. Steps where nothing broke
-- have no row. Synthetic traffic is left out. As of the last recount.
--
-- Parameters:
--   journey   String   name of the journey
--   slots     Array    of the period: (minutes, start in seconds since the epoch), as in slots.py
-- Columns:
--   step          String   name of the step
--   broken        Int64    attempts that failed and were not repaired
--   provisional   Int64    of these, attempts that may still be repaired
--   error_views   Int64    page views with a JavaScript error
SELECT
    step,
    sumIf(n, measure = 'broken') AS broken,
    sumIf(n, measure = 'provisional') AS provisional,
    sumIf(n, measure = 'error_view') AS error_views
FROM attempt_counts
WHERE journey = {journey:String} AND question = 'unrepaired'
    AND (grain, start) IN {slots:Array(Tuple(UInt16, DateTime('UTC')))}
GROUP BY step
HAVING broken != 0 OR error_views != 0
ORDER BY step
