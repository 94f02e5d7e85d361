# SPDX-License-Identifier: Apache-2.0
"""Status codes are those of Python's registry and of httplint, and mean what RFC 9110 says."""

from http import HTTPStatus

import pytest
from httplint.status import StatusChecker

from seeother.message import REDIRECTS, Status, has_content

UNUSED = {306, 418}  # registered as "(Unused)"
TEMPORARY = {104}  # a draft's, registered for a year at a time
RENAMED = {  # Python 3.11 has the names of RFC 7231
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}


def test_every_code_of_the_standard_library_is_there() -> None:
    """And no other, but for the one that nobody may use."""
    assert {status.value for status in HTTPStatus} - UNUSED == {status.value for status in Status}


def test_every_code_of_httplint_is_there() -> None:
    """It has a method for each."""
    known = {int(name[6:]) for name in vars(StatusChecker) if name.startswith("status") and name[6:].isdigit()}

    assert known - UNUSED - TEMPORARY == {status.value for status in Status}


@pytest.mark.parametrize("status", Status)
def test_phrases_are_those_of_the_registry(status: Status) -> None:
    """Letter by letter, with the current names."""
    assert status.phrase == RENAMED.get(status, HTTPStatus(status).phrase)


def test_redirects_are_the_five_that_browsers_follow() -> None:
    """300 and 304 are no redirects, whatever their Location."""
    assert {301, 302, 303, 307, 308} == REDIRECTS
    assert {status for status in Status if status.is_redirect} == REDIRECTS
    assert {status for status in Status if status.needs_location} == REDIRECTS
    assert {status for status in Status if status.preserves_method} == {307, 308}


def test_passing_troubles_are_retryable() -> None:
    """500 and 501 are not: the same request would fail the same way."""
    assert {status for status in Status if status.is_retryable} == {408, 425, 429, 502, 503, 504}


def test_cacheable_by_default_are_those_of_the_standard() -> None:
    """RFC 9110 section 15.1 lists them; neither 302 nor 303 nor 307 is among them."""
    by_default = {status for status in Status if status.is_cacheable_by_default}

    assert by_default == {200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501}


@pytest.mark.parametrize(
    ("method", "status", "expected"),
    [
        ("GET", 200, True),
        ("GET", 303, True),
        ("POST", 500, True),
        ("GET", 299, True),
        ("GET", 100, False),
        ("GET", 103, False),
        ("GET", 204, False),
        ("GET", 205, False),
        ("GET", 304, False),
        ("HEAD", 200, False),
        ("CONNECT", 200, False),
        ("CONNECT", 299, False),
        ("CONNECT", 407, True),
    ],
)
def test_content_depends_on_method_and_status(method: str, status: int, *, expected: bool) -> None:
    """RFC 9110 section 6.4.1."""
    assert has_content(method, status) is expected


def test_a_status_is_its_number() -> None:
    """Plain integers and members are used alike."""
    assert {303: "x"}[Status.SEE_OTHER] == "x"
    assert Status(303) is Status.SEE_OTHER
    assert f"{Status.SEE_OTHER} {Status.SEE_OTHER.phrase}" == "303 See Other"
