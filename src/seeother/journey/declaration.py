# SPDX-License-Identifier: Apache-2.0
"""What the operator has declared about an exchange: what its route is for, which step it attempts, whose site it is."""

from dataclasses import dataclass
from enum import StrEnum

from seeother.message import Origin


class RouteKind(StrEnum):
    """What a route is for; everything that changes meaning is done only where it is declared."""

    ACTION = "action"
    ROUTING = "routing"
    CALLBACK = "callback"
    RETURN = "return"


@dataclass(frozen=True, slots=True)
class Declaration:
    """Everything declared that a verdict may need; whoever looks from outside knows nothing of it.

    `step` is the journey's step that the exchange attempts or whose page it is. `target_hosts` are hosts beside the
    site's own that redirects may lead to, `statuses` the ones that the route may answer (None: not declared), and
    `prefix` the path under which a proxy mounts the application.
    """

    kind: RouteKind | None = None
    step: str | None = None
    site: Origin | None = None
    target_hosts: frozenset[str] = frozenset()
    statuses: frozenset[int] | None = None
    preserves_method: bool = False
    needs_key: bool = False
    prefix: str = ""


UNDECLARED = Declaration()
