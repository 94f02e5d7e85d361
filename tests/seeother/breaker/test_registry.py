# SPDX-License-Identifier: Apache-2.0
"""One breaker a name, and only so many."""

from seeother.breaker import BreakerPolicy, News, Outcome, Permit, Registry, State
from tests.clock import FakeClock
from tests.seeother.breaker.calls import call, stands, trip


def test_a_name_has_one_breaker_with_its_policy(clock: FakeClock) -> None:
    """The policy of the name, else the general one."""
    known = Registry(BreakerPolicy(probes=2), {"payments": BreakerPolicy(probes=5)})
    payments = known.breaker("payments", clock.monotonic())

    assert known.breaker("payments", clock.monotonic()) is payments
    assert payments.policy.probes == 5
    assert known.breaker("http://127.0.0.1:8080", clock.monotonic()).policy.probes == 2
    assert [each.name for each in known] == ["payments", "http://127.0.0.1:8080"]


def test_ten_thousand_hosts_are_remembered_and_no_more(clock: FakeClock) -> None:
    """The ones that were not asked for the longest go."""
    known = Registry()
    first = known.breaker("host-0", clock.monotonic())
    for number in range(1, 10_000):
        known.breaker(f"host-{number}", clock.monotonic())
    assert known.breaker("host-0", clock.monotonic()) is first

    for number in range(10_000, 12_000):
        known.breaker(f"host-{number}", clock.monotonic())
    assert len(known) == 10_000
    assert known.breaker("host-0", clock.monotonic()) is first
    names = {each.name for each in known}
    assert "host-1" not in names
    assert "host-2001" in names


def test_an_open_breaker_is_not_forgotten_for_an_idle_one(clock: FakeClock) -> None:
    """Nor one with a call out; where all are needed, the oldest goes."""
    known = Registry(limit=3)
    trip(known.breaker("open", clock.monotonic()), clock)
    leave = known.breaker("busy", clock.monotonic()).enter(clock.monotonic())
    assert isinstance(leave, Permit)
    known.breaker("idle", clock.monotonic())

    trip(known.breaker("new", clock.monotonic()), clock)
    assert [each.name for each in known] == ["open", "busy", "new"]
    known.breaker("newer", clock.monotonic())
    assert [each.name for each in known] == ["busy", "new", "newer"]
    leave.cancel(clock.monotonic())


def test_one_listener_hears_of_all_breakers(clock: FakeClock) -> None:
    """Also of those that are made after it began to listen."""
    known, news = Registry(), list[News]()
    old = known.breaker("old", clock.monotonic())
    known.listeners.listen(news.append)
    call(old, clock, Outcome.FAILURE)
    call(known.breaker("new", clock.monotonic()), clock, Outcome.FAILURE)

    assert [each.name for each in news] == ["old", "new"]
    assert stands(old) is State.CLOSED
