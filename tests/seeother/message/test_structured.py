# SPDX-License-Identifier: Apache-2.0
"""Structured fields are read or refused, and strings are written."""

from collections.abc import Callable

import pytest
from http_sf import Token
from hypothesis import given
from hypothesis import strategies as st

from seeother.message import read_dictionary, read_item, read_list, read_string_item, to_string_item

READERS = st.sampled_from([read_item, read_list, read_dictionary, read_string_item])
VISIBLE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)


def test_values_are_read_with_their_parameters() -> None:
    """Items, lists and dictionaries (RFC 9651)."""
    assert read_item(b" 42;a=1 ") == (42, {"a": 1})
    assert read_list(b'a, "b";q=0.5') == [(Token("a"), {}), ("b", {"q": 0.5})]
    assert read_dictionary(b"u=1, i") == {"u": (1, {}), "i": (True, {})}
    assert read_list(b"") == []


@pytest.mark.parametrize("value", [b"", b'"a', b"a b", b"\xff", b'"\xc3\xa9"', b"1.2.3", b"@1e9", b'"a' * 100_000])
def test_malformed_item_is_none(value: bytes) -> None:
    """Nothing is guessed."""
    assert read_item(value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b'"k 1"', "k 1"),
        (b'"a\\"b\\\\"', 'a"b\\'),
        (b'"k";a=1', "k"),
        (b"token", None),
        (b"42", None),
        (b'%"caf%c3%a9"', None),
        (b'"a", "b"', None),
    ],
)
def test_only_a_string_is_a_string(value: bytes, expected: str | None) -> None:
    """Tokens and display strings are something else."""
    assert read_string_item(value) == expected


@given(text=VISIBLE)
def test_strings_read_back(text: str) -> None:
    """Quotes and backslashes included."""
    assert read_string_item(to_string_item(text)) == text


@given(text=st.text(max_size=20))
def test_any_text_can_be_written(text: str) -> None:
    """What a String cannot hold becomes a question mark."""
    written = read_string_item(to_string_item(text))

    assert written is not None
    assert len(written) == len(text)


@given(read=READERS, value=st.binary(max_size=30) | st.text('a1@?:*=;,"() .-%', max_size=20).map(str.encode))
def test_any_bytes_are_read_or_refused(read: Callable[[bytes], object], value: bytes) -> None:
    """Nothing raises."""
    assert read(value) is None or isinstance(read(value), str | tuple | list | dict)


@pytest.mark.parametrize("value", [b"@99999999999999", b"@-999999999999999", b"999999999999999", b"(" * 10_000])
def test_extremes_do_not_raise(value: bytes) -> None:
    """Dates beyond every calendar and brackets without end."""
    read_item(value)
    read_list(value)
