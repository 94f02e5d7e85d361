# SPDX-License-Identifier: Apache-2.0
"""A first `seeother.toml`, drafted from what is there: the routes of an application, or what was recorded of a shop.

Rules of this room: no framework is imported, for whoever has an application of one has imported it; a guess says that
it is one, and nothing is switched on that remembers or refuses more than the operator can read in the file.
"""

from .application import find_application
from .asking import ask_watch
from .drafting import Draft, DraftedStep, Entry, Suggestion, draft
from .found import LeftOut
from .routes import Reading, Route, read_routes
from .toml import to_toml
from .traffic import read_traffic
from .watched import read_watched

__all__ = [
    "Draft",
    "DraftedStep",
    "Entry",
    "LeftOut",
    "Reading",
    "Route",
    "Suggestion",
    "ask_watch",
    "draft",
    "find_application",
    "read_routes",
    "read_traffic",
    "read_watched",
    "to_toml",
]
