# SPDX-License-Identifier: Apache-2.0
"""Events that come twice and late, as the seed says."""

from pathlib import Path

from sqlalchemy import select

from seeother_shop.payments import Charge, Delivery
from tests.clock import FakeClock
from tests.seeother_shop.payments.desk import desk

_CHARGES = 24


def _delays(folder: Path, seed: int) -> dict[int, list[float]]:
    """Each charge's webhooks, by how many seconds after it they are due."""
    folder.mkdir()
    clock = FakeClock()
    found: dict[int, list[float]] = {}
    with desk(folder, seed=seed, clock=clock) as provider:
        for number in range(_CHARGES):
            provider.charge(f"order-{number}")
        with provider.database.reading() as session:
            rows = session.execute(select(Charge.id, Delivery.due_at).join(Delivery).order_by(Delivery.id))
            for charge, due_at in rows:
                found.setdefault(charge, []).append(round(due_at - clock.time(), 3))
    return found


def test_some_events_come_twice_and_some_come_late(tmp_path: Path) -> None:
    """Each charge is told at least once; the same seed gives the same troubles, another one others."""
    first, again, other = (_delays(tmp_path / name, seed) for name, seed in (("a", 7), ("b", 7), ("c", 8)))

    times = [len(delays) for delays in first.values()]
    assert first == again != other
    assert len(times) == _CHARGES
    assert set(times) == {1, 2}
    assert min(min(delays) for delays in first.values()) < 0.4
    assert max(max(delays) for delays in first.values()) > 1.0
