# SPDX-License-Identifier: Apache-2.0
"""What the bank knows of our charges."""

from seeother.message import Response
from seeother.policy import Inquiry, Outcome

CHARGED = {"p-1": "/receipts/1"}  # by the key that the charge was asked for with
REFUSED = {"p-2"}


def reconcile(inquiry: Inquiry) -> Response | Outcome:
    """What became of a charge: its answer, a promise that there is none, or still no word."""
    if inquiry.key in CHARGED:
        return Response(303, ((b"location", CHARGED[inquiry.key].encode()),))
    return Outcome.NOTHING_HAPPENED if inquiry.key in REFUSED else Outcome.STILL_UNKNOWN
