# SPDX-License-Identifier: Apache-2.0
"""The page for whoever did something whose outcome nobody knows: neither "failed" nor "done", and no second try."""

from seeother.message import Request
from seeother.policy import OUTCOME_UNKNOWN, Flow, Respond, as_page, whole

from .own_path import OWN_PATH
from .shared import Shared

OUTCOME_PATH = OWN_PATH + "outcome"


def outcome(request: Request, shared: Shared) -> Flow:
    """Answer a request for the built-in outcome page."""
    fields, content = as_page(shared.pages.page(OUTCOME_UNKNOWN, status=200, way_on=shared.way_on))
    yield Respond(whole(request, 200, [*fields, (b"cache-control", b"no-store")], content=content))
