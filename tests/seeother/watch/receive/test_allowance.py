# SPDX-License-Identifier: Apache-2.0
"""Nobody comes more often than allowed, and nobody is remembered for longer than that takes."""

from hypothesis import given
from hypothesis import strategies as st

from seeother.watch.receive.allowance import Allowance
from tests.clock import FakeClock

RATE, BURST = 2.0, 5
VISITS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 8)), max_size=60)


@given(visits=VISITS)
def test_as_many_as_a_bucket_holds(visits: list[tuple[str, int]]) -> None:
    """Beside buckets that are filled drop by drop; who waits as long as he is told is let in."""
    clock = FakeClock()
    allowance = Allowance(RATE, BURST, clock)
    tokens: dict[str, float] = {"a": BURST, "b": BURST}
    for who, quarters in visits:
        clock.advance(quarters / 4)
        tokens = {name: min(BURST, count + RATE * quarters / 4) for name, count in tokens.items()}

        seconds = allowance.wait(who)

        assert (seconds == 0) == (tokens[who] >= 1)
        if seconds == 0:
            tokens[who] -= 1
        else:
            assert tokens[who] + RATE * seconds >= 1


def test_the_silent_are_forgotten() -> None:
    """A crowd that has gone leaves nothing behind, and one that stays no more than the limit."""
    clock = FakeClock()
    allowance = Allowance(RATE, BURST, clock, limit=100)
    for number in range(1000):
        allowance.wait(str(number))
    crowd = len(allowance)
    clock.advance(60)
    for _ in range(100):
        allowance.wait("somebody")

    assert (crowd, len(allowance)) == (100, 1)
