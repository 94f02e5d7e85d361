# SPDX-License-Identifier: Apache-2.0
"""What somebody sent stands in messages readable and short."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.message import Request
from seeother.rules.excerpt import LONGEST, asked, excerpt, told


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"/orders/7", "/orders/7"),
        ("/zahlen/f\N{LATIN SMALL LETTER U WITH DIAERESIS}r", "/zahlen/f\N{LATIN SMALL LETTER U WITH DIAERESIS}r"),
        (b"/a\r\nSet-Cookie: b", "/a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}Set-Cookie: b"),
        ("x" * LONGEST, "x" * LONGEST),
        ("x" * (LONGEST + 1), "x" * (LONGEST - 3) + "..."),
    ],
)
def test_shows_visible_characters_up_to_a_length(value: bytes | str, expected: str) -> None:
    """Control characters are replaced, and what is too long is cut."""
    assert excerpt(value) == expected


@given(st.binary(max_size=500) | st.text(st.characters(), max_size=500))
def test_is_always_short_and_printable(value: bytes | str) -> None:
    """Whatever was sent, surrogates included, the excerpt can be shown."""
    shown = excerpt(value)

    assert len(shown) <= LONGEST
    assert shown.isprintable()
    assert shown.encode().decode() == shown


def test_a_request_is_its_method_and_path() -> None:
    """The query is left out, for it may have secrets in it."""
    assert asked(Request("POST", "/orders", query=b"token=1")) == "POST /orders"


def test_details_become_bounded_evidence() -> None:
    """Neither the number of the details nor their length grows without end."""
    evidence = told({f"detail-{number}": "x" * 1000 for number in range(100)})

    assert len(evidence) == 16
    assert {len(value) for value in evidence.values()} == {LONGEST}
