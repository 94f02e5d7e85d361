# SPDX-License-Identifier: Apache-2.0
"""Who is going to read an answer, told from the request's fields."""

import pytest

from seeother.message import Fields, Request
from seeother.rules.audience import asks_for_json, is_navigation, sends_json

PAGE = b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("fields", "is_person", "is_program"),
    [
        ((), False, False),
        (((b"accept", b"*/*"),), False, False),
        (((b"accept", PAGE),), True, False),
        (((b"accept", b"application/json, text/plain, */*"),), False, True),
        (((b"accept", b"application/json, text/javascript, */*; q=0.01"),), False, True),
        (((b"accept", b"application/problem+json"),), False, True),
        (((b"accept", b"application/vnd.api+json"),), False, True),
        (((b"accept", b"text/html"), (b"accept", b"application/json;q=0.5")), True, False),
        (((b"accept", b"application/json, text/html;q=0.5"),), False, True),
        (((b"accept", b"application/json;q=0, text/plain"),), False, True),
        (((b"accept", PAGE), (b"x-requested-with", b"XMLHttpRequest")), False, False),
        (((b"accept", b"application/json"), (b"sec-fetch-mode", b"navigate")), True, False),
        (((b"accept", PAGE), (b"sec-fetch-mode", b"cors")), False, False),
        (((b"accept", b"*/*"), (b"sec-fetch-dest", b"document")), True, False),
        (((b"accept", b"\xff;q=x,"),), False, False),
    ],
)
def test_tells_a_person_from_a_program(fields: Fields, is_person: bool, is_program: bool) -> None:  # noqa: FBT001 - a table
    """The browser's own word counts most; then whether HTML or JSON is named and liked better."""
    request = Request("GET", "/", fields=fields)

    assert is_navigation(request) is is_person
    assert asks_for_json(request) is is_program


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"application/json; charset=utf-8", True),
        (b"application/merge-patch+json", True),
        (b"application/x-www-form-urlencoded", False),
        (b"", False),
    ],
)
def test_knows_json_that_is_sent(sent: bytes, expected: bool) -> None:  # noqa: FBT001 - a table
    """Of any kind, with parameters."""
    assert sends_json(Request("POST", "/", fields=((b"content-type", sent),))) is expected
