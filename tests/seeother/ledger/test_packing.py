# SPDX-License-Identifier: Apache-2.0
"""Answers as bytes."""

from hypothesis import given
from hypothesis import strategies as st

from seeother.ledger.packing import packed, unpacked
from seeother.message import Response

FIELDS = st.lists(st.tuples(st.binary(max_size=9), st.binary(max_size=9))).map(tuple)


@given(st.builds(Response, st.integers(100, 999), FIELDS, st.binary()))
def test_answer_is_the_same_again(answer: Response) -> None:
    """Byte for byte, whatever its bytes are."""
    assert unpacked(packed(answer)) == answer
