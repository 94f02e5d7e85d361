# SPDX-License-Identifier: Apache-2.0
"""What the flow `once` does with a promise that nothing has happened."""

from dataclasses import replace

import pytest

from seeother.policy import Claim, Inquire, Inquiry, Outcome, Read, Release, Reply, Respond, Running, Unknown, once
from tests.seeother.policy.idempotency.test_once import AWAY, GRANTED, OURS, PROCEED, REQUEST, kind_of_problem
from tests.seeother.policy.script import driven


@pytest.mark.parametrize(
    ("stands", "problem"),
    [(Running(1.0), (409, "in-progress")), (AWAY, (409, "outcome-unknown"))],
    ids=["taken", "away"],
)
def test_what_another_has_taken_during_a_long_look_is_not_run(
    stands: Reply | BaseException, problem: tuple[int, str]
) -> None:
    """The look took longer than its lease, and its promise is old: another was promised the same, and acts."""

    def nothing(_: Inquiry) -> Outcome:
        return Outcome.NOTHING_HAPPENED

    route = replace(PROCEED, reconcile=nothing)
    result = driven(once(REQUEST, route), b"", Unknown(), GRANTED, Outcome.NOTHING_HAPPENED, not OURS, stands, None)

    assert result.kinds == [Read, Claim, Claim, Inquire, Release, Claim, Respond]
    assert kind_of_problem(result.response) == problem
