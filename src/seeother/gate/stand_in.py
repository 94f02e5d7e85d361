# SPDX-License-Identifier: Apache-2.0
"""What stands in for an answer that failed or never came: its status, and what it says of the action.

An error that tells more than that something failed is asked first: a call that was refused did nothing, of one whose
outcome nobody knows nobody knows, and any other fault of a peer is that of a gateway.
"""

from seeother.errors import CallRefused, OutcomeUnknown, PeerError
from seeother.message import Fields, Request
from seeother.policy import Answer, fallback, read_framework_error

from .places import Place
from .shared import Shared

_BAD_GATEWAY, _NOT_ACTED_UPON, NO_ANSWER = 502, 503, 504  # RFC 9110 sections 15.6.3 to 15.6.5


def stand_in(
    request: Request,
    place: Place,
    shared: Shared,
    *,
    status: int,
    error: BaseException | None = None,
    retry_after: float | None = None,
) -> Answer:
    """The page or the problem details with this status, or with that which the error stands for."""
    if isinstance(error, CallRefused):
        status, retry_after = _NOT_ACTED_UPON, error.retry_after
    elif isinstance(error, OutcomeUnknown):
        status = NO_ANSWER
    elif isinstance(error, PeerError):
        status = _BAD_GATEWAY
    made = fallback(
        request, status, pages=shared.pages, retry_after=retry_after, way_on=place.terms.way_on,
        action=place.is_action or isinstance(error, OutcomeUnknown),
    )  # fmt: skip
    return Answer(made.status, made.fields, made.content)


def says_less(status: int, fields: Fields, content: bytes, error: BaseException | None) -> bool:
    """Whether an answer to an error is a framework's default one, which says less than the error does."""
    if not isinstance(error, (CallRefused, OutcomeUnknown)):
        return False
    return read_framework_error(status, fields, content) is not None
