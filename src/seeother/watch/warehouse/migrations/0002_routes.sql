-- SPDX-License-Identifier: Apache-2.0
-- The configured journeys, as far as SQL needs them; written anew by watch whenever its configuration changes.
-- `route` is a template whose placeholders have lost their names: `/orders/{}`. A route that belongs to several
-- journeys has a row for each, and the first one's again under the empty name, for exchanges that name no journey.

CREATE TABLE IF NOT EXISTS routes
(
    journey String COMMENT 'the journey that an exchange names, empty when it names none',
    method String,
    route String,
    segments UInt8 COMMENT 'segments of a path that `pattern` fits; a pattern for the rest of a path has a row for each number',
    rank UInt16 COMMENT 'of two patterns that fit, the lower wins',
    pattern String COMMENT 'a regular expression for the whole path, where an exchange has no route',
    of String COMMENT 'the journey that the route belongs to',
    step String COMMENT 'the step that the route attempts, empty when none',
    position UInt8 COMMENT 'place of that step in its journey, from 1; 0 when none',
    page String COMMENT 'the step whose page the route is, empty when none'
)
ENGINE = MergeTree
ORDER BY (journey, method, route, segments);

-- Which attribute of spans that no guard has made holds the id of a person's journey; one row.
CREATE TABLE IF NOT EXISTS identities
(
    attribute String COMMENT 'such as session.id'
)
ENGINE = MergeTree
ORDER BY attribute;

-- The same for views: looking a row up costs a fraction of a join. Whoever writes the tables reloads the dictionaries.
-- (A scalar subquery will not do: in a view it makes chdb 4.4 cancel the insert that send_insert brings.)
CREATE DICTIONARY IF NOT EXISTS route_steps
(
    journey String, method String, route String, of String, step String, page String
)
PRIMARY KEY journey, method, route
SOURCE(CLICKHOUSE(QUERY 'SELECT journey, method, route, any(of), any(step), any(page) FROM routes GROUP BY journey, method, route'))
LAYOUT(COMPLEX_KEY_HASHED())
LIFETIME(0);

CREATE DICTIONARY IF NOT EXISTS route_patterns
(
    journey String, method String, segments UInt8, patterns Array(String), routes Array(String)
)
PRIMARY KEY journey, method, segments
SOURCE(CLICKHOUSE(QUERY '
    SELECT journey, method, segments, groupArray(pattern), groupArray(route)
    FROM (SELECT * FROM routes WHERE segments > 0 ORDER BY rank)
    GROUP BY journey, method, segments'))
LAYOUT(COMPLEX_KEY_HASHED())
LIFETIME(0);

CREATE DICTIONARY IF NOT EXISTS step_positions
(
    journey String, step String, position UInt8
)
PRIMARY KEY journey, step
SOURCE(CLICKHOUSE(QUERY 'SELECT of, step, max(position) FROM routes WHERE step != \'\' GROUP BY of, step'))
LAYOUT(COMPLEX_KEY_HASHED())
LIFETIME(0);

CREATE DICTIONARY IF NOT EXISTS identity
(
    one UInt64, attribute String
)
PRIMARY KEY one
SOURCE(CLICKHOUSE(QUERY 'SELECT toUInt64(1), any(attribute) FROM identities'))
LAYOUT(FLAT())
LIFETIME(0);
