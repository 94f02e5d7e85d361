-- SPDX-License-Identifier: Apache-2.0
-- Question: in which order did people meet the routes of a service for the first time?
-- Told are people by their journey, or by what `[watch] journey_id` names; a sample of those who have sent something.
-- Routes and paths are those of the question `routes`. Synthetic traffic is left out.
--
-- Parameters:
--   since, until   Int64    the period, microseconds since the epoch; `until` is outside
--   people         UInt32   people at most
--   count          UInt32   rows at most
-- Columns:
--   person    UInt64   from 1; means nothing but in this answer
--   service   String   which service answered
--   method    String   of the request
--   route     String   template as its framework writes it, empty when unknown
--   path      String   of the request, where there is no route
WITH
    met AS
    (
        SELECT
            if(spans.journey_id != '', spans.journey_id, session) AS who,
            ts,
            service,
            method,
            route,
            if(spans.path = '', '', arrayStringConcat(arrayMap(
                part -> if(part = '{}' OR match(part, '^[0-9]+$') OR (match(part, '[0-9]') AND match(part, '^[0-9A-Fa-f-]{8,}$')), '0', part),
                splitByChar('/', spans.path)), '/')) AS path
        FROM spans
        WHERE kind = 'Server' AND method != '' AND synthetic = '' AND (spans.journey_id != '' OR session != '')
            AND ts >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
            AND ts < fromUnixTimestamp64Micro({until:Int64}, 'UTC')
    ),
    senders AS
    (
        SELECT if(spans.journey_id != '', spans.journey_id, session) AS who
        FROM spans
        WHERE kind = 'Server' AND method NOT IN ('', 'GET', 'HEAD', 'OPTIONS', 'TRACE') AND synthetic = '' AND who != ''
            AND ts >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
            AND ts < fromUnixTimestamp64Micro({until:Int64}, 'UTC')
    ),
    -- Below this lie the hashes of some two times as many as are told: only these few are sorted, however many there are.
    (SELECT intDiv(18446744073709551615, greatest(intDiv(uniq(who), 2 * {people:UInt32}), 1)) FROM senders) AS highest,
    chosen AS
    (
        SELECT DISTINCT who
        FROM senders
        WHERE cityHash64(who) <= highest
        ORDER BY cityHash64(who)
        LIMIT {people:UInt32}
    )
SELECT
    dense_rank() OVER (ORDER BY who) AS person,
    service,
    method,
    route,
    path
FROM met
WHERE who IN chosen
GROUP BY who, service, method, route, path
ORDER BY person, min(ts), service, method, route, path
LIMIT {count:UInt32}
