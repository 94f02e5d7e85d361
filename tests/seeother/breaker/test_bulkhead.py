# SPDX-License-Identifier: Apache-2.0
"""The bulkhead, alone and in front of a breaker."""

import threading

from seeother.breaker import BreakerPolicy, Bulkhead, Outcome, Permit, Reason, Rejected
from tests.clock import FakeClock
from tests.seeother.breaker.calls import make, permit, refused


def test_the_bulkhead_lets_no_more_in_than_it_may(clock: FakeClock) -> None:
    """A hundred are inside; whoever leaves makes room for one."""
    breaker = make(clock)
    inside = [permit(breaker, clock) for _ in range(100)]
    assert refused(breaker, clock) == Rejected("inventory", Reason.FULL, 1.0)
    inside.pop().done(Outcome.SUCCESS, clock.monotonic())
    inside.append(permit(breaker, clock))
    assert refused(breaker, clock).reason is Reason.FULL
    breaker.disable(clock.monotonic())
    assert refused(breaker, clock).reason is Reason.FULL
    for leave in inside:
        leave.cancel(clock.monotonic())


def test_a_place_that_was_waited_for_is_used_or_given_back(clock: FakeClock) -> None:
    """The bulkhead hands it over; if the breaker has opened meanwhile, it goes back."""
    breaker = make(clock, BreakerPolicy(concurrent=1, waiters=1, minimum_calls=1))
    woken: list[bool] = []

    first = permit(breaker, clock)
    assert breaker.bulkhead.wait(lambda: woken.append(True))
    assert breaker.read(clock.monotonic()).waiting == 1
    first.done(Outcome.SUCCESS, clock.monotonic())
    assert woken == [True]
    assert refused(breaker, clock).reason is Reason.FULL
    second = breaker.enter(clock.monotonic(), has_place=True)
    assert isinstance(second, Permit)

    assert breaker.bulkhead.wait(lambda: woken.append(True))
    second.done(Outcome.FAILURE, clock.monotonic())
    assert breaker.bulkhead.running == 1
    assert isinstance(breaker.enter(clock.monotonic(), has_place=True), Rejected)
    assert breaker.bulkhead.running == 0


def test_a_good_call_hands_its_place_over_too(clock: FakeClock) -> None:
    """Its short way does not pass by who waits."""
    breaker, woken = make(clock, BreakerPolicy(concurrent=1, waiters=1)), list[bool]()
    leave = permit(breaker, clock)
    assert breaker.bulkhead.wait(lambda: woken.append(True))
    leave.done(Outcome.SUCCESS, clock.monotonic())

    assert (woken, breaker.bulkhead.running) == ([True], 1)


def test_who_waits_is_served_in_order() -> None:
    """First come, first served; beyond the queue nobody waits."""
    bulkhead, woken = Bulkhead(1, waiters=2), list[str]()
    assert bulkhead.enter()
    assert bulkhead.wait(lambda: woken.append("a"))
    assert bulkhead.wait(lambda: woken.append("b"))
    assert not bulkhead.wait(lambda: woken.append("c"))
    assert not bulkhead.enter()

    bulkhead.leave()
    bulkhead.leave()
    assert woken == ["a", "b"]
    assert bulkhead.running == 1
    bulkhead.leave()
    assert bulkhead.running == 0


def test_who_waits_where_there_is_room_is_woken_at_once() -> None:
    """A place may have become free between the refusal and the wait."""
    bulkhead, woken = Bulkhead(1, waiters=1), list[bool]()

    assert bulkhead.wait(lambda: woken.append(True))
    assert (woken, bulkhead.running) == ([True], 1)


def test_who_gives_up_learns_whether_he_has_a_place() -> None:
    """In time he is forgotten; too late, the place is his to give back."""
    bulkhead, woken = Bulkhead(1, waiters=1), list[bool]()

    def wake() -> None:
        woken.append(True)

    assert bulkhead.enter()
    assert bulkhead.wait(wake)
    assert bulkhead.forget(wake)
    assert bulkhead.waiting == 0

    assert bulkhead.wait(wake)
    bulkhead.leave()
    assert not bulkhead.forget(wake)
    bulkhead.leave()
    assert (woken, bulkhead.running) == ([True], 0)


def test_threads_never_are_more_than_the_limit() -> None:
    """Twenty threads go in and out of three places, waiting in turn."""
    bulkhead = Bulkhead(3, waiters=20)
    inside, most, lock = [0], [0], threading.Lock()

    def work() -> None:
        for _ in range(50):
            woken = threading.Event()
            assert bulkhead.wait(woken.set)
            assert woken.wait(30)
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            with lock:
                inside[0] -= 1
            bulkhead.leave()

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert (bulkhead.running, bulkhead.waiting) == (0, 0)
    assert 1 <= most[0] <= 3
