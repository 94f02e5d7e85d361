# SPDX-License-Identifier: Apache-2.0
"""Error answers that say nothing are mended; those of the application and all successes are left alone."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.message import Field, Request, Response, ResponseHead, every, first, media_type
from seeother.policy.problem.error_answer import mended_problem, not_accepted, phrase, stated
from seeother.policy.problem.page import FallbackPage
from seeother.policy.problem.validation import FieldError
from tests.seeother.policy.frameworks import (
    JSON,
    answer,
    fastapi_shop,
    flask_answers,
    litestar_shop,
    starlette_shop,
)

PAGES = FallbackPage()
MACHINE = ((b"accept", b"application/json"),)
PERSON = ((b"sec-fetch-dest", b"document"), (b"accept", b"text/html"))
PROBLEM = ((b"content-type", b"application/problem+json"),)
TEXT = ((b"content-type", b"text/plain"),)


def mended(
    got: Response, *, method: str = "GET", fields: tuple[Field, ...] = MACHINE, problems: bool = False
) -> Response | None:
    """What becomes of an answer."""
    request = Request(method, "/orders", fields=fields)
    return stated(request, got.head, got.content, pages=PAGES, problems=problems)


def document(response: Response | None) -> dict[str, object]:
    """The problem details in a response."""
    assert response is not None
    assert media_type(response.fields) == b"application/problem+json"
    value = json.loads(response.content)
    assert isinstance(value, dict)
    assert value["status"] == response.status
    return value


async def test_machine_gets_problem_details_for_a_default() -> None:
    """ERR002: whatever form the framework had chosen."""
    for got in (
        await answer(starlette_shop(), "GET", "/nowhere"),
        await answer(fastapi_shop(), "GET", "/nowhere"),
        flask_answers()["404 missing"],
        Response(404),
    ):
        assert document(mended(got)) == {
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "detail": "Not Found",
        }


async def test_person_gets_the_page_for_a_default() -> None:
    """FBK002: it has a way on, in the status of the answer."""
    got = await answer(starlette_shop(), "GET", "/nowhere")

    page = stated(
        Request("GET", "/", fields=PERSON), got.head, got.content, pages=PAGES, problems=False, way_on="/help"
    )

    assert page is not None
    assert page.status == 404
    assert media_type(page.fields) == b"text/html"
    assert b'<a href="/help">' in page.content
    assert first(page.fields, b"content-length") == str(len(page.content)).encode()


async def test_fastapi_s_list_stays_where_its_clients_look() -> None:
    """Until a client asks for problem details by name: RFC 9457 has `detail` be a text."""
    sent: tuple[Field, ...] = (*JSON, (b"x-code", b"1"), (b"cookie", b"c=1"))
    content = b'{"items": [], "token": "hunter2"}'
    got = await answer(fastapi_shop(), "POST", "/orders?n=1", fields=sent, content=content)

    told = document(mended(got, method="POST"))
    by_name = document(mended(got, method="POST", fields=((b"accept", b"application/problem+json"),)))

    assert told["detail"] == [
        {
            "type": "too_short",
            "loc": ["body", "token"],
            "msg": "Value should have at least 20 items after validation, not 7",
        }
    ]
    assert by_name["detail"] == "token: Value should have at least 20 items after validation, not 7"
    assert told["errors"] == by_name["errors"]
    assert "hunter2" not in f"{told}{by_name}"


async def test_litestar_s_members_stay() -> None:
    """Its sentence repeats the query, and the list does not; what was sent is in neither."""
    content = b'{"items": [{"price": "much", "quantity": 1}], "token": "a token of twenty characters"}'
    got = await answer(litestar_shop(), "POST", "/orders?n=1&secret=hunter2", fields=JSON, content=content)

    told = document(mended(got, method="POST"))

    assert told["status_code"] == 400
    assert told["extra"] == [
        {
            "message": "Input should be a valid number, unable to parse string as a number",
            "key": "items.0.price",
        }
    ]
    assert told["detail"] == "items/0/price: Input should be a valid number, unable to parse string as a number"
    assert "hunter2" not in str(told)


async def test_faults_have_one_entry_a_field() -> None:
    """The client can mend its form, and nothing of it is sent back."""
    content = b'{"items": [{"price": "much", "quantity": 1}], "token": "hunter2"}'
    fields = (*JSON, (b"x-code", b"1"), (b"cookie", b"c=1"))
    got = await answer(fastapi_shop(), "POST", "/orders?n=1", fields=fields, content=content)

    told = document(mended(got, method="POST"))

    assert told["type"] == "urn:seeother:problem:validation"
    assert told["errors"] == [
        {
            "pointer": "/items/0/price",
            "location": "body",
            "detail": "Input should be a valid number, unable to parse string as a number",
        },
        {
            "pointer": "/token",
            "location": "body",
            "detail": "Value should have at least 20 items after validation, not 7",
        },
    ]
    assert "hunter2" not in str(told)
    page = mended(got, method="POST", fields=PERSON)
    assert page is not None
    assert b"items/0/price: Input should be a valid number" in page.content
    assert b"hunter2" not in page.content


def test_fields_that_hold_are_kept_and_those_about_the_old_content_go() -> None:
    """Cookies, Retry-After, Allow and the challenge; not type, length, coding, validators and digests."""
    kept: tuple[Field, ...] = (
        (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"retry-after", b"7"), (b"allow", b"GET"),
        (b"www-authenticate", b"Basic"), (b"location", b"/x"), (b"cache-control", b"max-age=60"), (b"x-own", b"1"),
    )  # fmt: skip
    gone: tuple[Field, ...] = (
        (b"content-type", b"text/plain"), (b"content-length", b"19"), (b"etag", b'"a"'), (b"last-modified", b"x"),
        (b"content-encoding", b"identity"), (b"repr-digest", b"x"), (b"transfer-encoding", b"chunked"),
    )  # fmt: skip

    response = mended(Response(503, (*gone, *kept, (b"vary", b"Cookie, accept")), b"Service Unavailable"))

    assert response is not None
    assert response.fields == (
        *kept,
        (b"vary", b"Cookie, accept, Sec-Fetch-Dest"),
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(response.content)).encode()),
    )


@pytest.mark.parametrize(
    ("vary", "expected"),
    [
        ((), [b"Accept, Sec-Fetch-Dest"]),
        ((b"Cookie", b"ACCEPT"), [b"Cookie, ACCEPT, Sec-Fetch-Dest"]),
        ((b"*",), [b"*"]),
        ((b"Cookie, *",), [b"*"]),
    ],
)
def test_vary_names_what_the_content_was_chosen_by(vary: tuple[bytes, ...], expected: list[bytes]) -> None:
    """RFC 9110 section 12.5.5."""
    response = mended(Response(404, tuple((b"vary", value) for value in vary)))

    assert response is not None
    assert every(response.fields, b"vary") == expected


@pytest.mark.parametrize(
    ("method", "fields", "refreshes"),
    [
        ("GET", ((b"retry-after", b"7"),), [b"7"]),
        ("GET", ((b"retry-after", b"0"),), [b"1"]),
        ("GET", ((b"retry-after", b"7"), (b"refresh", b"3")), [b"3"]),
        ("GET", ((b"retry-after", b"Wed, 21 Oct 2015 07:28:00 GMT"),), []),
        ("GET", ((b"retry-after", b"soon"),), []),
        ("GET", (), []),
        ("POST", ((b"retry-after", b"7"),), []),
    ],
)
def test_waiting_person_is_brought_back(method: str, fields: tuple[Field, ...], refreshes: list[bytes]) -> None:
    """RTY003: browsers ignore Retry-After; only for GET, and an application's own Refresh stays."""
    response = mended(Response(503, fields), method=method, fields=PERSON)

    assert response is not None
    assert every(response.fields, b"refresh") == refreshes


OWN = Response(409, JSON, b'{"error": "sold out", "status": "failed", "detail": {"sku": 7}, "title": "Sold out"}')


@pytest.mark.parametrize(
    "got",
    [
        OWN,
        Response(404, TEXT, b"No such order"),
        Response(404, ((b"content-type", b"text/html"),), b"<h1>Not found</h1>"),
        Response(404, PROBLEM, b'{"status": 404}'),
        Response(200, TEXT, b"OK"),
        Response(204),
        Response(303, ((b"location", b"/"),)),
        Response(304),
        Response(101),
        Response(600),
    ],
)
@pytest.mark.parametrize("fields", [MACHINE, PERSON])
def test_own_content_and_success_are_left(got: Response, fields: tuple[Field, ...]) -> None:
    """Never make it worse."""
    assert mended(got, fields=fields) is None


def test_own_json_is_converted_when_asked_for() -> None:
    """All members are kept; one that the problem's own stand in the way of gets a new name."""
    assert document(mended(OWN, problems=True)) == {
        "type": "about:blank",
        "title": "Sold out",
        "status": 409,
        "error": "sold out",
        "own_status": "failed",
        "own_detail": {"sku": 7},
    }
    page = mended(OWN, problems=True, fields=PERSON)
    assert page is not None
    assert media_type(page.fields) == b"text/html"


@pytest.mark.parametrize(
    "got",
    [
        Response(200, JSON, b'{"error": "x"}'),
        Response(404, JSON, b'["x"]'),
        Response(404, JSON, b'{"x": NaN}'),
        Response(404, (*JSON, (b"content-encoding", b"gzip")), b'{"x": 1}'),
        Response(404, ((b"content-type", b"application/vnd.shop+json"),), b'{"x": 1}'),
    ],
)
def test_only_json_error_objects_are_converted(got: Response) -> None:
    """Nor a list, a success or what cannot be read."""
    assert mended(got, problems=True) is None


def test_no_member_is_lost_over_its_name() -> None:
    """Not even where the new name is taken."""
    got = Response(500, JSON, b'{"status": "a", "own_status": "b", "instance": 7}')

    assert document(mended(got, problems=True)) == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "own_own_status": "a",
        "own_status": "b",
        "own_instance": 7,
    }


def test_client_that_accepts_neither_keeps_what_it_got() -> None:
    """Plain text it may have accepted; nothing at all is worse than JSON."""
    plain = ((b"accept", b"text/plain"),)

    assert mended(Response(404, TEXT, b"Not Found"), fields=plain) is None
    assert document(mended(Response(404), fields=plain))["title"] == "Not Found"


async def test_head_gets_fields_alone() -> None:
    """Those of GET, where it is known what GET would get."""
    got = await answer(starlette_shop(), "HEAD", "/nowhere")
    head, get = mended(got, method="HEAD"), mended(got, method="GET")

    assert head is not None
    assert get is not None
    assert head.fields == get.fields
    assert head.content == b""
    assert mended(Response(404, (*JSON, (b"content-length", b"30"))), method="HEAD") is None
    assert mended(Response(404, JSON), method="HEAD") is None
    assert mended(Response(404, ((b"content-length", b"0"),)), method="HEAD") is not None


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"title": "Gone", "status": 200, "code": 7}', {"title": "Gone", "status": 409, "code": 7}),
        (b'{"status": "409"}', {"status": 409}),
        (b'{"status": null}', {"status": 409}),
        (b'"Sold out"', {"type": "about:blank", "title": "Conflict", "status": 409, "detail": "Sold out"}),
        (b"Sold out", {"type": "about:blank", "title": "Conflict", "status": 409, "detail": "Sold out"}),
        (b"[1]", {"type": "about:blank", "title": "Conflict", "status": 409, "detail": "Conflict", "content": [1]}),
    ],
)
def test_problem_that_contradicts_its_status_line_is_mended(content: bytes, expected: dict[str, object]) -> None:
    """ERR003: the status line is what all the others saw (RFC 9457 section 3.1.2)."""
    got = mended_problem(ResponseHead(409, PROBLEM), content)

    assert got is not None
    assert json.loads(got) == expected


@pytest.mark.parametrize(
    ("status", "fields", "content"),
    [
        (409, PROBLEM, b'{"status": 409}'),
        (409, PROBLEM, b'{"title": "the member may be missing"}'),
        (409, PROBLEM, b'{"status": 409.0}'),
        (409, PROBLEM, b""),
        (409, JSON, b'{"status": 200}'),
        (409, (*PROBLEM, (b"content-encoding", b"br")), b"\x00"),
        (200, PROBLEM, b'{"status": 409}'),
        (409, PROBLEM, b"[" * (2 << 20)),
    ],
)
def test_sound_problem_is_left(status: int, fields: tuple[Field, ...], content: bytes) -> None:
    """And all that are none, or cannot be read."""
    assert mended_problem(ResponseHead(status, fields), content) is None


@given(
    status=st.integers(400, 599),
    content=st.binary(min_size=1, max_size=30) | st.from_regex(rb'\{"status": [0-9a-z".]{1,5}\}'),
)
def test_mended_problem_is_sound(status: int, content: bytes) -> None:
    """Whatever it was: afterwards there is nothing to mend."""
    head = ResponseHead(status, PROBLEM)
    once = mended_problem(head, content)

    assert once is None or mended_problem(head, once) is None


@given(
    status=st.integers(0, 999),
    kind=st.sampled_from([b"application/json", b"text/plain", b"text/html", b"application/problem+json", b""]),
    content=st.binary(max_size=20) | st.sampled_from([b"", b"Not Found", b'{"detail": "Not Found"}', b'{"a": 1}']),
    person=st.booleans(),
    problems=st.booleans(),
    method=st.sampled_from(["GET", "HEAD", "POST"]),
)
def test_what_is_stated_stays(
    status: int, kind: bytes, content: bytes, method: str, *, person: bool, problems: bool
) -> None:
    """The status never changes, a success is never touched, and what was stated once is not stated again."""
    fields = PERSON if person else MACHINE
    response = mended(
        Response(status, ((b"content-type", kind),), content), fields=fields, problems=problems, method=method
    )

    if response is not None:
        assert response.status == status >= 400
        assert mended(response, fields=fields, problems=problems, method=method) is None
        assert (response.content == b"") is (method == "HEAD")


def test_unregistered_status_is_called_by_its_class() -> None:
    """RFC 9110 section 15: it is treated as x00."""
    assert [phrase(status) for status in (404, 413, 418, 499, 599)] == [
        "Not Found", "Content Too Large", "Client Error", "Client Error", "Server Error",
    ]  # fmt: skip


def test_content_that_does_not_fit_is_stated_in_its_own_status() -> None:
    """A machine gets problem details with one entry a field, a person the page; both know what they were chosen by."""
    errors = [FieldError(pointer="/email", location="body", detail="Field required")]

    told = not_accepted(Request("POST", "/orders", fields=MACHINE), 409, errors, pages=PAGES)
    shown = not_accepted(Request("POST", "/orders", fields=PERSON), 409, errors, pages=PAGES)

    assert document(told) == {
        "type": "urn:seeother:problem:validation",
        "title": "Some fields were not accepted",
        "status": 409,
        "detail": "email: Field required",
        "errors": [{"pointer": "/email", "location": "body", "detail": "Field required"}],
    }
    assert shown.status == 409
    assert media_type(shown.fields) == b"text/html"
    assert b"<li>email: Field required</li>" in shown.content
    for answer_ in (told, shown):
        assert first(answer_.fields, b"cache-control") == b"no-store"
        assert first(answer_.fields, b"vary") == b"Accept, Sec-Fetch-Dest"
