# SPDX-License-Identifier: Apache-2.0
"""The mistakes there are, written out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Variant:
    """One mistake: its name on the command line, the rule that sees it, and what the shop then does."""

    name: str
    rule: str
    does: str


VARIANTS = (Variant("order-302", "RED001", "POST /orders answers 302 Found instead of 303 See Other"),)
