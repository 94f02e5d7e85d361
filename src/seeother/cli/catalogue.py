# SPDX-License-Identifier: Apache-2.0
"""All verbs, in the order in which a newcomer meets them."""

from .verb import Verb

CATALOGUE: tuple[Verb, ...] = (
    Verb("demo", "run the shop, its shoppers and the watch, and show what happens", ("embedded", "shop")),
    Verb("shop", "run the shop: storefront, payment provider and inventory", ("shop",)),
    Verb("watch", "collect telemetry and show journeys, live", ("embedded",), least=("watch",)),
    Verb("guard", "stand in front of a shop in any language", ("proxy",)),
    Verb("audit", "judge recorded traffic (HAR) by the rules"),
    Verb("init", "draft a seeother.toml from routes, traffic or telemetry"),
    Verb("rules", "list the rules, or show one with its cases"),
    Verb("check", "say whether seeother.toml can be used, and what it means"),
)
