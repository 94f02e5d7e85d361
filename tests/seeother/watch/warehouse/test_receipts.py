# SPDX-License-Identifier: Apache-2.0
"""A body that came in is known for a quarter of an hour, restarts or not."""

import resource
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seeother.watch.warehouse import Encoding, Signal
from seeother.watch.warehouse.receipts import KEPT_SECONDS, Receipts, digest_of
from tests.clock import FakeClock

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 20)),
        st.tuples(st.just("wait"), st.integers(0, 1000)),
        st.tuples(st.just("restart"), st.just(0)),
        st.tuples(st.just("kill"), st.integers(1, 23)),
    ),
    max_size=30,
)


def digest(number: int) -> bytes:
    """What some body is known by."""
    return digest_of(Signal.TRACES, Encoding.JSON, str(number).encode())


def test_bodies_of_other_kinds_are_others() -> None:
    """The same bytes as logs are not the same telemetry."""
    kinds = {digest_of(signal, encoding, b"{}") for signal in Signal for encoding in Encoding}

    assert len(kinds) == 4


@given(steps=STEPS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_known_for_as_long_as_it_should_be(tmp_path: Path, steps: list[tuple[str, int]]) -> None:
    """Beside a model that never forgets and looks at the time; a kill may leave half a record behind.

    What passes from the last record to a restart does not count.
    """
    clock = FakeClock(1_800_000_000.0)
    receipts = Receipts(tmp_path, clock)
    receipts.clear()
    times: dict[int, float] = {}
    away = dict[int, float]()
    for step, value in steps:
        match step:
            case "add":
                receipts.add([(digest(value), value)])
                times[value] = clock.time()
                away[value] = 0
            case "wait":
                clock.advance(value)
            case _:
                receipts.close()
                if step == "kill":
                    with (tmp_path / "receipts.young").open("ab") as file:
                        file.write(bytes(value))
                receipts = Receipts(tmp_path, clock)
                away = dict.fromkeys(times, clock.time() - max(times.values(), default=0.0))
        for number in range(21):
            age = clock.time() - times.get(number, 0.0) - away.get(number, 0.0)
            assert receipts.find(digest(number)) == (number if age <= KEPT_SECONDS else None), (number, age)
    receipts.close()


def test_memory_is_bounded(tmp_path: Path) -> None:
    """When too many come in the oldest go first."""
    receipts = Receipts(tmp_path, FakeClock(1_800_000_000.0), limit=10)
    for number in range(100):
        receipts.add([(digest(number), 0)])

    known = [number for number in range(100) if receipts.find(digest(number)) is not None]

    assert known == list(range(80, 100))
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) == 20 * 24
    receipts.close()


def test_all_can_be_forgotten(tmp_path: Path) -> None:
    """Also what is in the files."""
    receipts = Receipts(tmp_path, limit=1)
    receipts.add([(digest(1), 0)])
    receipts.add([(digest(2), 0)])

    receipts.clear()
    receipts.close()
    again = Receipts(tmp_path)

    assert [again.find(digest(number)) for number in (1, 2)] == [None, None]
    again.close()


def test_a_full_disk_costs_no_more_than_it_must(tmp_path: Path) -> None:
    """Of three records there is room for two and a half; one that comes later is read where it begins."""
    receipts = Receipts(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60, hard))
    try:
        receipts.add([(digest(number), number) for number in range(3)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert receipts.find(digest(2)) == 2  # as long as the process lives
    receipts.add([(digest(3), 3)])
    receipts.close()

    again = Receipts(tmp_path)

    assert [again.find(digest(number)) for number in range(4)] == [0, 1, None, 3]
    again.close()
