# SPDX-License-Identifier: Apache-2.0
"""What goes into a ledger comes out byte for byte, however large or odd it is."""

import hashlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seeother.ledger import Ledger
from seeother.message import Response
from seeother.policy import Finished, Granted, LedgerKey

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)  # UTF-8 has no lone surrogates
FIELDS = st.lists(st.tuples(st.binary(max_size=12), st.binary(max_size=40)), max_size=6).map(tuple)
ANSWERS = st.builds(Response, st.integers(200, 599), FIELDS, st.binary(max_size=200))


def kept(ledger: Ledger, key: LedgerKey, answer: Response, print_: bytes = b"print") -> object:
    """What a second claim of the key says."""
    verdict = ledger.claim(key, print_, 30.0)
    assert isinstance(verdict, Granted)
    assert ledger.settle(verdict, answer, 3600.0)
    return ledger.claim(key, print_, 30.0)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scope=NAMES, key=NAMES, print_=st.binary(max_size=40), answer=ANSWERS)
def test_any_answer_under_any_key(ledger: Ledger, scope: str, key: str, print_: bytes, answer: Response) -> None:
    """Scopes and keys may hold separators, NUL and any letters; fields are bytes, in order, as often as they came."""
    name = LedgerKey(scope, key)
    verdict = ledger.claim(name, print_, 30.0)
    if isinstance(verdict, Granted):
        assert ledger.settle(verdict, answer, 3600.0)
        assert ledger.claim(name, print_, 30.0) == Finished(answer)


@pytest.mark.parametrize("status", [*range(200, 210), 301, 302, 303, 304, 307, 308, 400, 404, 410, 422, 500, 599])
def test_any_status(ledger: Ledger, status: int) -> None:
    """Whether a status is worth remembering is not the ledger's to say."""
    answer = Response(status, ((b"x", b"y"),), b"content")

    assert kept(ledger, LedgerKey("s", str(status)), answer) == Finished(answer)


@pytest.mark.parametrize("size", [0, 1, 4095, 65_537, 1 << 20, (1 << 20) + 1, 8 << 20])
def test_large_answers(ledger: Ledger, size: int) -> None:
    """Up to the guard's bound of a MiB, and past it."""
    content = hashlib.shake_256(b"%d" % size).digest(size)  # no two pages alike
    answer = Response(200, ((b"content-length", b"%d" % size),), content)

    assert kept(ledger, LedgerKey("s", str(size)), answer) == Finished(answer)


def test_many_fields(ledger: Ledger) -> None:
    """A hundred cookies of the largest size."""
    fields = tuple([(b"set-cookie", b"name%d=" % number + b"v" * 4000) for number in range(100)])
    answer = Response(303, fields)

    assert kept(ledger, LedgerKey("s", "cookies"), answer) == Finished(answer)
