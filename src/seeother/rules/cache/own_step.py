# SPDX-License-Identifier: Apache-2.0
"""Where what caches do matters to a journey."""

from seeother.journey import Declaration, RouteKind

from ..rule import in_journey


def is_own_step(declaration: Declaration) -> bool:
    """Whether an exchange is part of a journey and more than a move to the proper address."""
    return in_journey(declaration) and declaration.kind is not RouteKind.ROUTING
