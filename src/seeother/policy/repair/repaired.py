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


def repaired(exchange: Exchange, findings: Sequence[Finding], terms: Terms) -> tuple[Answer, list[Finding]]:
    """The answer with all that is wanted here repaired, and the findings, those marked that were.

    Each repair sees the answer as the ones before it have left it, and the exchange as it was.
    """
    answer = Answer(exchange.response.status, exchange.response.fields, exchange.content)
    marked: list[Finding] = []
    for finding in findings:
        repairer = REPAIRS.get(finding.rule) if finding.rule in terms.enabled else None
        mended = repairer(answer, exchange, terms) if repairer is not None else None
        if mended is not None:
            answer = mended
        marked.append(finding if mended is None else replace(finding, repaired=True))
    return answer, marked
