-- SPDX-License-Identifier: Apache-2.0
-- Question: which routes do services answer, and with which statuses, whatever instruments them?
-- Every server span counts, on a journey or not. Where a span has no route its path stands in for it, with 0 for each
-- segment that is a number or a digest, or of which nothing was kept. Synthetic traffic is left out.
--
-- Parameters:
--   since, until   Int64    the period, microseconds since the epoch; `until` is outside
--   count          UInt32   rows at most; what is left out is rarer
-- Columns:
--   service     String   which service answered
--   method      String   of the request
--   route       String   template as its framework writes it, empty when unknown
--   path        String   of the request, where there is no route
--   status      UInt16   0 when no head was sent
--   exchanges   UInt64   exchanges with that answer
--   entries     UInt64   of these, exchanges that no other service has asked for
SELECT
    service,
    method,
    route,
    if(spans.path = '', '', arrayStringConcat(arrayMap(
        part -> if(part = '{}' OR match(part, '^[0-9]+$') OR (match(part, '[0-9]') AND match(part, '^[0-9A-Fa-f-]{8,}$')), '0', part),
        splitByChar('/', spans.path)), '/')) AS path,
    status,
    count() AS exchanges,
    countIf(parent_id = toFixedString('', 8)) AS entries
FROM spans
WHERE kind = 'Server' AND method != '' AND synthetic = ''
    AND ts >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
    AND ts < fromUnixTimestamp64Micro({until:Int64}, 'UTC')
GROUP BY service, method, route, path, status
ORDER BY exchanges DESC, service, method, route, path, status
LIMIT {count:UInt32}
