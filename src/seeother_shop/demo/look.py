# SPDX-License-Identifier: Apache-2.0
"""One look at a run: what watch, the books and the shoppers themselves say at this moment, and how it is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from seeother_shop.books import Books

from .cast import Addresses
from .watching import Picture

__all__ = ["Look"]

HEADINGS = ("step", "attempts", "failed", "broken", "HTTP errors", "abandoned")


def share(value: float | None) -> str:
    """A rate for people; no data is no figure."""
    return "-" if value is None else f"{value:.1%}"


@dataclass(frozen=True, slots=True)
class Look:
    """Everything there is to show."""

    addresses: Addresses
    picture: Picture = field(default_factory=Picture)
    books: Books | None = None
    shoppers: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def line(self) -> str:
        """All of it in one line."""
        said = [
            ("journeys", self.picture.journeys.get("started", 0)),
            ("success", self.picture.journeys.get("success", 0)),
            ("abandoned", self.picture.journeys.get("abandoned", 0)),
            ("error", self.picture.journeys.get("error", 0)),
            ("spans", self.picture.stored.get("spans", 0)),
            ("findings", self.picture.stored.get("findings", 0)),
        ]
        if self.books is not None:
            said += [("orders", self.books.orders), ("charges", self.books.charges)]
        return ", ".join(f"{number} {word}" for word, number in said)

    def hearsay(self) -> str:
        """What the shoppers themselves say, to be held against what watch says; empty before they said anything."""
        if not self.shoppers:
            return ""
        crowd, chromium = self.shoppers["crowd"], self.shoppers["chromium"]
        outcomes = ", ".join(f"{number} {word}" for word, number in crowd["outcomes"].items() if number)
        orders = crowd["orders"] + chromium["orders"]
        second = crowd["second_orders"] + chromium["second_orders"]
        return (
            f"shoppers saw {orders} paid orders and {second} second ones; crowd: {crowd['visits']} visits, "
            f"{outcomes or 'none ended yet'}; chromium: {chromium['state']}, {chromium['visits']} visits"
        )

    def __rich__(self) -> RenderableType:
        """Addresses, matrix, counters and the latest findings."""
        return Group(self._doors(), "", self._matrix(), "", *self._counters(), "", *self._findings())

    def _doors(self) -> Table:
        doors = Table.grid(padding=(0, 2))
        doors.add_row("shop", self.addresses.shop, "payments", self.addresses.payments)
        doors.add_row("[bold]watch", f"[bold]{self.addresses.watch}", "inventory", self.addresses.inventory)
        return doors

    def _matrix(self) -> Table:
        matrix = Table(box=None, pad_edge=False, header_style="bold")
        for heading in HEADINGS:
            matrix.add_column(heading, justify="left" if heading == "step" else "right")
        for row in self.picture.matrix:
            bad = "red" if row["broken"] else ""
            matrix.add_row(
                row["step"],
                str(row["attempts"]),
                str(row["failed"]),
                str(row["broken"]),
                share(row["http_error_rate"]),
                share(row["abandonment_rate"]),
                style=bad,
            )
        return matrix

    def _counters(self) -> list[Text]:
        journeys = self.picture.journeys
        outcomes = ", ".join(
            f"{number} {word}" for word, number in journeys.items() if word not in {"journey", "steps"}
        )
        lines = [
            Text(f"journeys    {outcomes or 'none yet'}"),
            Text(f"spans       {self.picture.stored.get('spans', 0)} stored"),
        ]
        if self.books is not None:
            balance = Text("balanced", "green") if self.books.balanced else Text("not settled", "yellow")
            money = f"money       {self.books.orders} paid orders, {self.books.charges} charges, books "
            lines.append(Text(money).append(balance))
        if self.shoppers:
            lines.append(Text(self.hearsay()))
        return lines

    def _findings(self) -> list[Text]:
        lines = [Text(f"findings    {self.picture.stored.get('findings') or 'none'}")]
        for finding in self.picture.findings:
            repaired = " (repaired)" if finding["repaired"] else ""
            lines.append(Text(f"  {finding['rule']} {finding['message']}{repaired}", overflow="ellipsis", no_wrap=True))
        return lines
