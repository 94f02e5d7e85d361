# SPDX-License-Identifier: Apache-2.0
"""What a rule's page promises, something does."""

import pytest

from seeother.journey import Declaration
from seeother.message import Exchange, ResponseHead
from seeother.policy import REPAIRS, repaired
from seeother.rules import CATALOGUE, OnExchange, Repair, judge, read_cases
from tests.seeother.policy.repair.answering import terms

ELSEWHERE = {  # where it is done, if not to an answer in hand
    "ERR005": "asgi/outgoing.py and wsgi: the second head is dropped",
    "ERR006": "asgi/outgoing.py and wsgi: the head is held until there is content",
    "FBK005": "asgi/control.py: what the server does not offer is not sent",
    "FRM001": "policy/forgery/origin.py and policy/forgery/form_token.py",
    "FRM002": "policy/forgery/origin.py: refused where it is declared to be an action",
    "FRM004": "policy/hand_off/parking.py",
    "IDM002": "policy/once.py",
    "IDM003": "policy/once.py",
    "IDM004": "policy/once.py",
    "IDM005": "policy/once.py",
    "IDM006": "policy/once.py",
    "JNY003": "policy/once.py",
    "JNY004": "policy/once.py",
    "JNY006": "gate/passage.py: the person is sent to the page for unknown outcomes",
    "JNY007": "policy/visit.py: the cookie and the return token",
    "PRX001": "PRX004's: a Location that names the request's own host becomes relative",
    "PRX002": "gate/door.py: what nobody trusted has said is taken away",
}
PROMISED = {rule.code for rule in CATALOGUE if rule.repair is not Repair.NONE}
HITS = [
    pytest.param(rule.code, case.evidence, case.declaration, id=f"{rule.code} {case.title}")
    for rule in CATALOGUE
    if rule.code in REPAIRS and any(isinstance(check, OnExchange) for check in rule.checks)
    for case in read_cases(rule)
    if case.expected is not None and isinstance(case.evidence, Exchange)
]


def test_each_promise_is_kept_somewhere() -> None:
    """And nothing is repaired that no page speaks of."""
    assert set(REPAIRS) <= PROMISED
    assert PROMISED - set(REPAIRS) == set(ELSEWHERE)


@pytest.mark.parametrize(("code", "seen", "declaration"), HITS)
def test_what_is_marked_as_repaired_is_not_found_again(code: str, seen: Exchange, declaration: Declaration) -> None:
    """Each hit of each rule's own cases: mended, or honestly left."""
    answer, findings = repaired(seen, judge(seen, declaration), terms(declaration))
    again = Exchange(seen.request, ResponseHead(answer.status, answer.fields), answer.content, seen.at)
    marks = {finding.rule: finding.repaired for finding in findings}

    assert not any(marks.get(finding.rule) for finding in judge(again, declaration))
    assert code in marks
