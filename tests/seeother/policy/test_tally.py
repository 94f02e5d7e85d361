# SPDX-License-Identifier: Apache-2.0
"""A tally is of all parts in their order."""

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from seeother.policy import Streamed, Tally


@given(st.lists(st.binary(max_size=9)))
def test_parts_are_counted_and_digested(parts: list[bytes]) -> None:
    """As if they had come in one piece."""
    tally = Tally(201)
    for part in parts:
        tally.add(part)

    whole = b"".join(parts)
    assert tally.streamed() == Streamed(201, len(whole), sha256(whole).digest())
