# SPDX-License-Identifier: Apache-2.0
"""The guard's own pages are found below the path that a proxy mounts, and nowhere else."""

import pytest

from seeother.gate.own_path import below, is_own
from tests.seeother.gate.site import request


@pytest.mark.parametrize(
    ("path", "prefix", "own"),
    [
        ("/.seeother/outcome", "", True),
        ("/.seeother/outcome", "/shop", True),
        ("/shop/.seeother/outcome", "/shop", True),
        ("/shop/.seeother/outcome", "", False),
        ("/shop/x/.seeother/outcome", "/shop", False),
        ("/.seeother", "", False),
        ("/orders", "/shop", False),
    ],
)
def test_own(path: str, prefix: str, *, own: bool) -> None:
    """With the prefix and without it."""
    assert is_own(path, prefix) is own


@pytest.mark.parametrize(
    ("path", "prefix", "expected"),
    [
        ("/shop/orders", "/shop", "/orders"),
        ("/orders", "/shop", "/orders"),
        ("/shopping", "/shop", "/shopping"),
        ("/shop", "/shop", "/shop"),
        ("/orders", "", "/orders"),
    ],
)
def test_below(path: str, prefix: str, expected: str) -> None:
    """A name that begins alike is another name."""
    assert below(request(f"GET {path}"), prefix).path == expected
