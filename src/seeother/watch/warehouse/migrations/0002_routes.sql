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
