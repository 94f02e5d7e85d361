# SPDX-License-Identifier: Apache-2.0
"""Repairs of redirects: plain functions on a response head."""

from collections.abc import Sequence
from dataclasses import replace

from seeother.journey import Finding
from seeother.message import Exchange, ResponseHead

SEE_OTHER = 303


def see_other(exchange: Exchange, findings: Sequence[Finding]) -> tuple[ResponseHead, list[Finding]]:
    """The head with 303 where a POST was answered 302 (RED001), and the findings marked as repaired.

    For a browser's form nothing changes but the words: Fetch turns POST into GET for both. Other methods keep
    their status, for a browser repeats a PUT after 302 and the application may rely on it; and 301 is kept, for it
    is the older name of a moved resource (RFC 9110 section 15.4).
    """
    head = exchange.response
    if exchange.request.method != "POST" or head.status != 302:  # noqa: PLR2004 - 302 Found
        return head, list(findings)
    if not any(finding.rule == "RED001" for finding in findings):
        return head, list(findings)
    marked = [replace(finding, repaired=True) if finding.rule == "RED001" else finding for finding in findings]
    return ResponseHead(SEE_OTHER, head.fields), marked
