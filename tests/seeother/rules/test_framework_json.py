# SPDX-License-Identifier: Apache-2.0
"""A framework's JSON error is told from an application's; that of the real ones is in tests/seeother/policy/problem."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.rules import is_framework_json

FAULT = {"type": "missing", "loc": ["body", "n"], "msg": "Field required", "input": None}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


def compact(document: object) -> bytes:
    """As frameworks write it."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    ("status", "document"),
    [
        (409, {"detail": "sold out — é"}),
        (422, {"detail": [FAULT, FAULT]}),
        (400, {"status_code": 400, "detail": "Bad Request"}),
        (400, {"status_code": 400, "detail": "Validation failed", "extra": [{"message": "no", "key": "n"}]}),
    ],
)
def test_framework_s(status: int, document: dict[str, object]) -> None:
    """To the byte."""
    assert is_framework_json(status, document, compact(document))
    assert not is_framework_json(status, document, json.dumps(document, indent=1).encode())


@pytest.mark.parametrize(
    ("status", "document"),
    [
        (409, {}),
        (409, {"error": "sold out"}),
        (409, {"detail": "sold out", "sku": 7}),
        (409, {"detail": {"sku": 7}}),
        (409, {"detail": [FAULT]}),
        (422, {"detail": []}),
        (422, {"detail": ["sold out"]}),
        (422, {"detail": [{"msg": "sold out"}]}),
        (409, {"status_code": 400, "detail": "Bad Request"}),
        (409, {"status_code": 409, "detail": None}),
        (409, {"status_code": 409, "detail": "Conflict", "sku": 7}),
    ],
)
def test_application_s(status: int, document: dict[str, object]) -> None:
    """Another member, another kind of value, another status."""
    assert not is_framework_json(status, document, compact(document))


@given(
    status=st.integers(400, 599), document=st.dictionaries(st.sampled_from(["detail", "extra", "status_code"]), VALUES)
)
def test_anything_is_judged(status: int, document: dict[str, object]) -> None:
    """Whatever an application answers, there is a verdict."""
    assert is_framework_json(status, document, compact(document)) in {True, False}
