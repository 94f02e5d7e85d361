# SPDX-License-Identifier: Apache-2.0
"""Words for messages and evidence: what somebody sent, made readable and held to a bounded length."""

from collections.abc import Mapping

from seeother.message import Request

LONGEST = 200  # characters of any one value in a message or a piece of evidence
_ENTRIES_MOST = 16  # pieces of evidence that one incident may bring along
_CUT = "..."


def excerpt(value: bytes | str) -> str:
    """The beginning of a value, with visible characters only."""
    text = value[: LONGEST + 1].decode("latin-1") if isinstance(value, bytes) else value[: LONGEST + 1]
    if not text.isprintable():
        text = "".join([character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text])
    return text if len(text) <= LONGEST else text[: LONGEST - len(_CUT)] + _CUT


def asked(request: Request) -> str:
    """The method and the path of a request, for a message."""
    return f"{excerpt(request.method)} {excerpt(request.path)}"


def told(detail: Mapping[str, str]) -> dict[str, str]:
    """The details of an incident as evidence."""
    return {excerpt(key): excerpt(value) for key, value in list(detail.items())[:_ENTRIES_MOST]}
