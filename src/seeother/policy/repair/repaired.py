# SPDX-License-Identifier: Apache-2.0
"""Repairs an answer by what the rules have found: one pass over the findings, each mended by its own function.

No finding, no repair: so nothing is papered over.
"""

from collections.abc import Sequence
from dataclasses import replace

from seeother.journey import Finding
from seeother.message import Exchange

from .answer_in_hand import Answer, Terms
from .catalogue import REPAIRS

_place = {code: place for place, code in enumerate(REPAIRS)}.__getitem__


def repaired(exchange: Exchange, findings: Sequence[Finding], terms: Terms) -> tuple[Answer, list[Finding]]:
    """The answer with all that is wanted here repaired, and the findings, those marked that were.

    Each repair sees the answer as the ones before it in the catalogue have left it, and the exchange as it was.
    """
    answer = Answer(exchange.response.status, exchange.response.fields, exchange.content)
    wanted = {finding.rule for finding in findings} & terms.enabled
    done: set[str] = set()
    for rule in sorted(wanted & REPAIRS.keys(), key=_place):
        mended = REPAIRS[rule](answer, exchange, terms)
        if mended is not None:
            answer = mended
            done.add(rule)
    return answer, [replace(finding, repaired=True) if finding.rule in done else finding for finding in findings]
