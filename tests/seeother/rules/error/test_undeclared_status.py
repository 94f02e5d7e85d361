# SPDX-License-Identifier: Apache-2.0
"""The rule and the status contract are of one mind."""

import pytest

from seeother.journey import Declaration
from seeother.message import Exchange, Request, ResponseHead
from seeother.policy import StatusContract
from seeother.rules import judge

CONTRACTS = [
    StatusContract(frozenset({303}), frozenset({409, 422})),
    StatusContract(frozenset({200}), frozenset({400})),
    StatusContract(frozenset({201})),
    StatusContract(frozenset(), frozenset({409})),
    StatusContract(),
]


@pytest.mark.parametrize("contract", CONTRACTS, ids=str)
def test_tells_what_the_contract_does_not_declare(contract: StatusContract) -> None:
    """Every status from 200 to 599, with the contract's own statuses or with all that it lets pass."""
    bare = contract.success | contract.errors if contract.success and contract.errors else contract.statuses
    told = {
        (name, status)
        for name, statuses in (("all", contract.statuses), ("bare", bare))
        for status in range(200, 600)
        for finding in judge(Exchange(Request("POST", "/orders"), ResponseHead(status)), Declaration(statuses=statuses))
        if finding.rule == "ERR007"
    }

    assert told == {
        (name, status) for name in ("all", "bare") for status in range(200, 600) if not contract.is_declared(status)
    }
