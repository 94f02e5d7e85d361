# SPDX-License-Identifier: Apache-2.0
"""Exchanges of one client in the order in which they happened."""

from collections.abc import Iterator
from dataclasses import dataclass

from seeother.message import Exchange

from .declaration import UNDECLARED, Declaration


@dataclass(frozen=True, slots=True)
class Trail:
    """One client's exchanges; `declarations` stand beside them where anything was declared."""

    exchanges: tuple[Exchange, ...]
    declarations: tuple[Declaration, ...] = ()

    def declaration(self, index: int) -> Declaration:
        """What was declared about the exchange at `index`, counted from 0."""
        return self.declarations[index] if index < len(self.declarations) else UNDECLARED

    def pairs(self) -> Iterator[tuple[int, Exchange, Exchange]]:
        """Each exchange with the next, and the index of the first of the two."""
        for index in range(len(self.exchanges) - 1):
            yield index, self.exchanges[index], self.exchanges[index + 1]
