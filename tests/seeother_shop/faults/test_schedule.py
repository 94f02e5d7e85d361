# SPDX-License-Identifier: Apache-2.0
"""Faults as they are written on a command line, and when they are on."""

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.errors import SettingsError
from seeother_shop.faults import FAULTS, Fault, Schedule, parse_fault
from tests.clock import FakeClock

_NAMES = st.sampled_from([kind.name for kind in FAULTS])
_SECONDS = st.integers(0, 100_000).map(lambda tenths: tenths / 10)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("payment-lost", Fault("payment-lost", 0, math.inf)),
        ("payment-lost@10", Fault("payment-lost", 10, math.inf)),
        ("inventory-504@0.5-20", Fault("inventory-504", 0.5, 20)),
    ],
)
def test_a_fault_is_read(text: str, fault: Fault) -> None:
    """A name, perhaps a start, perhaps an end."""
    assert parse_fault(text) == fault


@pytest.mark.parametrize(
    "text",
    ["", "payment", "payment-lost@", "payment-lost@5-5", "payment-lost@9-3", "payment-lost@-3", "payment-lost@1e3"],
)
def test_what_is_no_fault_is_refused_with_the_cure(text: str) -> None:
    """Whoever mistypes reads what there is, or how it is written."""
    with pytest.raises(SettingsError) as error:
        parse_fault(text)

    assert any(hint in error.value.cure for hint in ("inventory-504, payment-lost", "later than START"))


@given(name=_NAMES, start=_SECONDS, length=_SECONDS.filter(bool) | st.just(math.inf))
def test_a_fault_is_read_as_it_is_written(name: str, start: float, length: float) -> None:
    """Writing and reading are each other's opposite."""
    fault = Fault(name, start, round(start + length, 1))

    assert parse_fault(str(fault)) == fault


@given(st.text(max_size=40))
def test_any_text_is_a_fault_or_a_settings_error(text: str) -> None:
    """Nothing on a command line makes the parser itself fail."""
    with contextlib.suppress(SettingsError):
        assert parse_fault(text).end > 0


def test_a_fault_is_on_from_its_start_to_its_end() -> None:
    """The start is in it, the end is not, and it is counted from the start of the run."""
    clock = FakeClock(1000.0)
    schedule = Schedule([Fault("payment-lost", 10, 20)], epoch=1000.0, clock=clock)

    seen: list[bool] = []
    for seconds in (0, 9, 1, 9, 1):
        clock.advance(seconds)
        seen.append(schedule.is_on("payment-lost"))

    assert seen == [False, False, True, True, False]
    assert not schedule.is_on("inventory-504")
