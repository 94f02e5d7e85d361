# SPDX-License-Identifier: Apache-2.0
"""Which lines tell of an answer that is nginx's own."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.watch.access_log.entry import Entry, read_entry

LINE = {"time": "1800000000.250", "seconds": "0.125", "method": "POST", "target": "/orders?card=4111", "status": "502",
        "head": "-", "request": "a" * 32, "journey": "cookie", "claimed": "mine"}  # fmt: skip


def read(**changed: object) -> Entry | None:
    """What is made of the line with these members changed."""
    return read_entry(json.dumps(LINE | changed).encode())


def test_entry_says_when_and_what_without_the_query() -> None:
    """Nginx logs when an answer has ended, and how long it took."""
    assert read() == Entry(
        1_800_000_000_125_000_000, 125_000_000, "POST", "/orders", 502, "a" * 32, "cookie", "mine"
    )  # fmt: skip


@pytest.mark.parametrize("head", ["", "-", "0.120, -", "0.120, 0.200 : -"])
def test_last_server_gave_no_head(head: str) -> None:
    """Or none was asked: the answer is nginx's own."""
    assert read(head=head) is not None


@pytest.mark.parametrize("changed", [
    {"head": "0.120"}, {"head": "-, 0.120"}, {"status": "200"}, {"status": "303"}, {"status": "499"},
])  # fmt: skip
def test_what_an_application_has_answered_is_its_own_to_tell(changed: dict[str, str]) -> None:
    """As is what it may yet answer, when a client has left."""
    assert read(**changed) is None


@pytest.mark.parametrize("changed", [
    {"time": "yesterday"}, {"seconds": "-1"}, {"status": "5xx"}, {"status": 502}, {"method": "post\n"},
    {"target": "*"}, {"head": None}, {"request": []}, {"time": "9" * 40}, {"status": "5" * 5000},
])  # fmt: skip
def test_line_of_another_sort_is_none(changed: dict[str, object]) -> None:
    """Nothing is guessed."""
    assert read(**changed) is None


def test_nothing_began_before_all_time() -> None:
    """A clock that was wrong at the boot may have said so; OTLP has no such moment."""
    entry = read(time="1.000", seconds="2.000")

    assert entry is not None
    assert (entry.start_ns, entry.duration_ns) == (0, 1_000_000_000)


@given(st.one_of(st.binary(max_size=200), st.just(b"[" * 100_000), st.just(b'"text"'), st.just(b"[]")))
def test_any_bytes_are_read_or_none(line: bytes) -> None:
    """A stranger chooses what stands in a log."""
    assert read_entry(line) is None
