# SPDX-License-Identifier: Apache-2.0
"""httpx is driven as httpx2 is: what is tested of the one holds for the other (and tests/contract/calls tests both)."""

from pathlib import Path

import httpx

from seeother.client.httpx import propagate_to
from tests.house.tree import ROOT

ROOM = Path("src/seeother/client")


def test_the_two_doors_differ_in_the_name_only() -> None:
    """The libraries are twins, and so are their doors: who changes one changes the other."""
    twin = (ROOT / ROOM / "httpx2.py").read_text()

    assert (ROOT / ROOM / "httpx.py").read_text() == twin.replace("httpx2", "httpx")


def test_its_hook_is_the_hook_of_httpx() -> None:
    """A request of the other library is none of its own."""
    request = httpx.Request("GET", "http://127.0.0.1:8306/x", headers={"baggage": "journey.id=1"})

    propagate_to([])(request)

    assert "baggage" not in request.headers
