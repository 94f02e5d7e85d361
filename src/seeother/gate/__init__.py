# SPDX-License-Identifier: Apache-2.0
"""The order of policies, once for all adapters: who comes, may they, was it done before, and what leaves.

Rules of this room: no input and output; an adapter tells a passage what happens and sends what it says.
"""

from .current import PASSING, current_request, form_token, return_token
from .door import Door, Entry
from .flows import flow_of
from .gate import Gate
from .passage import FindingError, Passage
from .places import Place
from .second_head import goes_alone, second_head
from .shared import Shared

__all__ = [
    "PASSING",
    "Door",
    "Entry",
    "FindingError",
    "Gate",
    "Passage",
    "Place",
    "Shared",
    "current_request",
    "flow_of",
    "form_token",
    "goes_alone",
    "return_token",
    "second_head",
]
