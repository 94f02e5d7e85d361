# SPDX-License-Identifier: Apache-2.0
"""The hook of httpx; all else is made from httpx2's, and tests/contract/calls tests both."""

import httpx

from seeother.client.httpx import propagate_to


def test_its_hook_is_the_hook_of_httpx() -> None:
    """A request of the other library is none of its own."""
    request = httpx.Request("GET", "http://127.0.0.1:8306/x", headers={"baggage": "journey.id=1"})

    propagate_to([])(request)

    assert "baggage" not in request.headers
