# SPDX-License-Identifier: Apache-2.0
"""What a request carries, told from its fields."""

import pytest

from seeother.message import Fields, Request
from seeother.rules.redirect.resent_content import carries_content, carries_form

FORM = (b"content-type", b"application/x-www-form-urlencoded; charset=utf-8")


@pytest.mark.parametrize(
    ("fields", "has_content", "has_form"),
    [
        ((), False, False),
        ((FORM,), True, True),
        ((FORM, (b"content-length", b"7")), True, True),
        ((FORM, (b"content-length", b"0")), False, False),
        (((b"content-length", b"70"),), True, False),
        (((b"transfer-encoding", b"chunked"),), True, False),
        (((b"content-type", b"multipart/form-data; boundary=x"),), True, True),
        (((b"content-type", b"application/json"),), True, False),
    ],
)
def test_tells_content_and_forms(fields: Fields, has_content: bool, has_form: bool) -> None:  # noqa: FBT001 - a table
    """A length of 0 is none, and without a length the type counts."""
    request = Request("POST", "/", fields=fields)

    assert carries_content(request) is has_content
    assert carries_form(request) is has_form
