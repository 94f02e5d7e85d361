# SPDX-License-Identifier: Apache-2.0
"""What stands in the ledger for an answer that was too long to be kept: where to look, and its digest."""

from base64 import b64encode

from seeother.message import Response
from seeother.policy.hand_off import hand_off

from ..flow import Streamed
from ..route import RoutePolicy

ANSWER_FIELD = b"seeother-answer"


def redirected(route: RoutePolicy, answer: Streamed) -> Response:
    """A 303 to the route's outcome page that says which answer it stands for.

    The field has the form of Repr-Digest (RFC 9530 section 3), which would be about the 303 itself.
    """
    moved = hand_off(route.outcome_page or "/")
    said = b"sha-256=:%b:; status=%d; length=%d" % (b64encode(answer.digest), answer.status, answer.length)
    return Response(moved.status, (*moved.fields, (ANSWER_FIELD, said)), moved.content)
