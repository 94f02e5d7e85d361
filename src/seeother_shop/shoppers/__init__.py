# SPDX-License-Identifier: Apache-2.0
"""The crowd that buys in the shop: seeded, so that a run can be repeated.

Rules of this room: a shopper knows only what a browser shows, never an address of the shop but its front door; what
people decide comes from `plan.py` and is drawn before they come in.
"""

from .browser import Browser, connections
from .crowd import Closing, Crowd, plans_of
from .form import Control, Form
from .page import Page
from .plan import Kind, Plan, draw_plan
from .tally import Outcome, Tally
from .visit import Visit

__all__ = [
    "Browser",
    "Closing",
    "Control",
    "Crowd",
    "Form",
    "Kind",
    "Outcome",
    "Page",
    "Plan",
    "Tally",
    "Visit",
    "connections",
    "draw_plan",
    "plans_of",
]
