# SPDX-License-Identifier: Apache-2.0
"""Which JSON error a framework has put together, rather than the application.

Rule of this file: the shape is exact, to the byte. FastAPI, Django REST framework and Litestar write no space between
members and nothing behind the last; what has one more member, or is laid out otherwise, an application has made.
"""

import json
from collections.abc import Mapping
from typing import cast

_UNPROCESSABLE = 422
_OF_PYDANTIC = frozenset({"type", "loc", "msg"})  # what each fault in FastAPI's list has


def is_framework_json(status: int, document: Mapping[str, object], content: bytes) -> bool:
    """Whether an error's content, already read, is `{"detail":…}` or `{"status_code":…,"detail":…}` of a framework."""
    names = set(document)
    if names == {"detail"}:
        is_theirs = _is_detail(status, document["detail"])
    else:
        is_litestar_s = names - {"extra"} == {"status_code", "detail"} and document["status_code"] == status
        is_theirs = is_litestar_s and isinstance(document["detail"], str)
    return is_theirs and json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() == content


def _is_detail(status: int, detail: object) -> bool:
    """Whether it is what FastAPI says of an error: a text, or its list of what did not fit."""
    if isinstance(detail, str):
        return True
    if status != _UNPROCESSABLE or not isinstance(detail, list) or not detail:
        return False
    faults = cast("list[object]", detail)
    return all(isinstance(fault, dict) and cast("dict[str, object]", fault).keys() >= _OF_PYDANTIC for fault in faults)
