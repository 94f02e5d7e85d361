# SPDX-License-Identifier: Apache-2.0
"""A framework's default errors are told from an application's own; the defaults come from the real frameworks."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.message import Response
from seeother.policy.problem.framework_error import FrameworkError, read_framework_error, read_own_words
from tests.seeother.policy.frameworks import (
    FORM,
    JSON,
    Application,
    answer,
    django_answers,
    fastapi_shop,
    flask_answers,
    flask_statuses,
    litestar_shop,
    starlette_shop,
)

TEXT = ((b"content-type", b"text/plain; charset=utf-8"),)
HTML = ((b"content-type", b"text/html; charset=utf-8"),)
PLAIN = FrameworkError()
WERKZEUG = b"<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>%s</p>\n"


def read(response: Response) -> FrameworkError | None:
    """What is recognised in a response."""
    return read_framework_error(response.status, response.fields, response.content)


@pytest.mark.parametrize(
    ("app", "method", "target", "status"),
    [
        (starlette_shop(), "GET", "/nowhere", 404),
        (starlette_shop(), "HEAD", "/nowhere", 404),
        (starlette_shop(), "POST", "/own", 405),
        (starlette_shop(), "GET", "/broken", 500),
        *[
            (starlette_shop(), "GET", f"/refuse/{status}", status)
            for status in (400, 401, 403, 413, 418, 422, 429, 503)
        ],
        (fastapi_shop(), "GET", "/nowhere", 404),
        (fastapi_shop(), "PUT", "/orders", 405),
        (fastapi_shop(), "GET", "/broken", 500),
        *[(fastapi_shop(), "GET", f"/refuse/{status}", status) for status in (400, 401, 403, 409, 416, 422, 503, 504)],
        (litestar_shop(), "GET", "/nowhere", 404),
        (litestar_shop(), "PUT", "/orders", 405),
        (litestar_shop(), "GET", "/text", 400),
        *[(litestar_shop(), "GET", f"/refuse/{status}", status) for status in (400, 403, 409, 413, 418, 422)],
    ],
)
async def test_default_is_recognised(app: Application, method: str, target: str, status: int) -> None:
    """Starlette, FastAPI and Litestar say no more than the phrase of the status, each in its own way."""
    got = await answer(app, method, target)
    error = read(got)

    assert got.status == status
    assert error is not None
    assert (error.detail, error.errors) == (None, ())
    assert error.members in ({}, {"status_code": status})


@pytest.mark.parametrize(
    ("app", "target", "status"),
    [
        (starlette_shop(), "/refuse/409?detail=Sold+out", 409),
        (starlette_shop(), "/refuse/404?detail=Forbidden", 404),
        (starlette_shop(), "/own", 404),
        (fastapi_shop(), "/refuse/409?detail=Sold+out", 409),
        (fastapi_shop(), "/refuse/404?detail=Not+Found.", 404),
        (fastapi_shop(), "/refuse/409?detail=Not+authenticated", 409),
        (fastapi_shop(), "/refuse-with-more", 422),
        (litestar_shop(), "/refuse/409?detail=Sold+out", 409),
        (litestar_shop(), "/refuse-with-more", 409),
    ],
)
async def test_own_words_are_the_application_s(app: Application, target: str, status: int) -> None:
    """A detail, a list or a member of its own, and the answer is left alone."""
    got = await answer(app, "GET", target)

    assert got.status == status
    assert read(got) is None


@pytest.mark.parametrize(
    ("app", "target", "status", "told"),
    [
        (fastapi_shop(), "/refuse/409?detail=Sold+out", 409, FrameworkError("Sold out")),
        (fastapi_shop(), "/refuse/409?detail=%22a%22/%C3%A9", 409, FrameworkError('"a"/é')),
        (litestar_shop(), "/refuse/409?detail=Sold+out", 409, FrameworkError("Sold out", members={"status_code": 409})),
        (
            litestar_shop(),
            "/refuse-with-more",
            409,
            FrameworkError("Conflict", members={"status_code": 409, "extra": {"sku": 7}}),
        ),
        (fastapi_shop(), "/refuse-with-more", 422, None),  # a list of its own
        (starlette_shop(), "/refuse/409?detail=Sold+out", 409, None),  # plain text
        (starlette_shop(), "/own", 404, None),  # a member of its own
    ],
)
async def test_own_words_in_a_framework_s_json_are_kept(
    app: Application, target: str, status: int, told: FrameworkError | None
) -> None:
    """What `HTTPException("Sold out")` becomes in FastAPI and in Litestar, and nothing that looks like it."""
    got = await answer(app, "GET", target)

    assert read_own_words(status, got.fields, got.content) == told


def test_json_that_is_laid_out_otherwise_is_the_application_s() -> None:
    """No framework writes that space, so somebody else has; nor can it be told what is compressed, or a success."""
    assert read_own_words(409, JSON, b'{"detail":"Sold out"}') == FrameworkError("Sold out")
    assert read_own_words(409, JSON, b'{"detail": "Sold out"}') is None
    assert read_own_words(409, JSON, b'{"detail":"Sold out"}\n') is None
    assert read_own_words(409, (*JSON, (b"content-encoding", b"br")), b'{"detail":"Sold out"}') is None
    assert read_own_words(200, JSON, b'{"detail":"Sold out"}') is None


async def test_fastapi_s_own_sentences_are_kept() -> None:
    """They say more than the status does."""
    unreadable = await answer(fastapi_shop(), "POST", "/orders?n=1", fields=JSON, content=b"\xff{")
    unauthenticated = await answer(fastapi_shop(), "GET", "/account")

    assert read(unreadable) == FrameworkError("There was an error parsing the body")
    assert read(unauthenticated) == FrameworkError("Not authenticated")


async def test_fastapi_s_faults_are_read_field_by_field() -> None:
    """Content, query, field and cookie, and no value of any."""
    content = b'{"items": [{"price": "much", "quantity": 0}], "token": "hunter2"}'
    got = await answer(fastapi_shop(), "POST", "/orders?n=many", fields=(*JSON, (b"x-code", b"q")), content=content)

    error = read(got)

    assert error is not None
    assert [(entry["location"], entry["pointer"]) for entry in error.errors] == [
        ("query", "/n"),
        ("header", "/x-code"),
        ("cookie", "/c"),
        ("body", "/items/0/price"),
        ("body", "/items/0/quantity"),
        ("body", "/token"),
    ]
    assert "hunter2" in got.content.decode()
    assert not any(secret in str(error) for secret in ("hunter2", "much", "many"))
    listed = error.members["detail"]
    assert isinstance(listed, list)
    assert [entry.keys() for entry in listed] == [{"type", "loc", "msg"}] * len(error.errors)
    assert listed[0]["loc"] == ["query", "n"]


async def test_fastapi_s_form_and_path_are_read_too() -> None:
    """Whatever part of the request did not fit."""
    form = read(await answer(fastapi_shop(), "POST", "/forms", fields=FORM, content=b"age=old"))
    path = read(await answer(fastapi_shop(), "GET", "/items/x"))
    broken = read(await answer(fastapi_shop(), "POST", "/orders?n=1", fields=JSON, content=b'{"items":'))

    assert form is not None
    assert path is not None
    assert broken is not None
    assert [entry["pointer"] for entry in form.errors] == ["/name", "/age"]
    assert [(entry["location"], entry["pointer"]) for entry in path.errors] == [("path", "/item")]
    assert ("body", "") in [(entry["location"], entry["pointer"]) for entry in broken.errors]


async def test_litestar_s_faults_are_read_field_by_field() -> None:
    """It writes the path to a field in two ways, and the query into its sentence."""
    content = b'{"items": [{"price": "much", "quantity": 0}], "token": "hunter2"}'
    got = await answer(litestar_shop(), "POST", "/orders?n=1", fields=JSON, content=content)
    fine = b'{"items": [], "token": "a token of twenty characters"}'
    query = await answer(litestar_shop(), "POST", "/orders?n=many&secret=hunter2", fields=JSON, content=fine)
    missing = await answer(litestar_shop(), "GET", "/search?secret=hunter2")
    malformed = await answer(litestar_shop(), "POST", "/orders?n=1", fields=JSON, content=b"{hunter2")

    error, about_query, about_field, about_syntax = read(got), read(query), read(missing), read(malformed)

    assert error is not None
    assert [entry["pointer"] for entry in error.errors] == ["/items/0/price", "/items/0/quantity", "/token"]
    assert about_query is not None
    assert [(entry["location"], entry["pointer"]) for entry in about_query.errors] == [("query", "/n")]
    assert about_field is not None
    assert [(entry["location"], entry["pointer"]) for entry in about_field.errors] == [("header", "/x-code")]
    assert about_syntax is not None
    assert about_syntax.detail is not None
    assert about_syntax.detail.startswith("JSON is malformed")
    assert "hunter2" not in f"{error}{about_query}{about_field}{about_syntax}"


def test_flask_s_pages_are_recognised() -> None:
    """All that Werkzeug has a description of, so that a new one shows here."""
    answers = flask_answers()

    assert len(flask_statuses()) > 25
    for name, got in answers.items():
        if name == "415 no json":
            error = read(got)
            assert error is not None
            assert error.detail is not None
            assert error.detail.startswith("Did not attempt to load JSON")
        elif name.startswith("own"):
            assert read(got) is None, name
        else:
            assert got.status == int(name[:3])
            assert read(got) == PLAIN, name


def test_django_s_pages_are_recognised() -> None:
    """Its plain pages, the page about forgery and its empty answers; not what a view wrote."""
    answers = django_answers()

    for name, got in answers.items():
        if name.startswith("own"):
            assert read(got) is None, name
        elif name == "403 forgery":
            assert read(got) == FrameworkError("CSRF verification failed.")
        else:
            assert got.status == int(name[:3])
            assert read(got) == PLAIN, name


def test_django_s_debug_pages_are_left_to_its_developer() -> None:
    """They are what somebody is looking for just then."""
    answers = django_answers("debug")

    assert b"DEBUG" in answers["404 missing"].content
    assert all(read(answers[name]) is None for name in ("404 missing", "400 host", "500 broken", "403 forgery"))


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (500, b"Internal Server Error"),  # uvicorn, hypercorn's and Starlette's
        (500, b"Internal server error"),  # granian
        (503, b"Service Unavailable"),
        (413, b"Content Too Large"),
        (413, b"Request Entity Too Large"),
        (422, b"Unprocessable Content"),
    ],
)
def test_server_s_words_are_recognised(status: int, content: bytes) -> None:
    """Old phrases and new ones, whatever Python the application runs on."""
    assert read_framework_error(status, TEXT, content) == PLAIN


def test_empty_error_is_nobody_s_words() -> None:
    """Whatever type it claims to be of."""
    assert read_framework_error(404, (), b"") == PLAIN
    assert read_framework_error(503, ((b"content-type", b"image/png"), (b"content-length", b"0")), b"") == PLAIN


@pytest.mark.parametrize(
    ("status", "fields", "content"),
    [
        (200, TEXT, b"OK"),
        (200, (), b""),
        (302, (), b""),
        (404, HTML, b"Not Found"),
        (404, TEXT, b"Not Found: order 7"),
        (404, (*TEXT, (b"content-encoding", b"gzip")), b"Not Found"),
        (404, JSON, b'{"detail": "Not Found", "code": 7}'),
        (404, JSON, b'{"status_code": 400, "detail": "Not Found"}'),
        (404, JSON, b'"Not Found"'),
        (404, JSON, b'{"detail": NaN}'),
        (404, JSON, b"[" * 100_000),
        (400, JSON, b'{"detail": [{"type": "missing", "loc": ["body", "a"], "msg": "Field required"}]}'),
        (422, JSON, b'{"detail": []}'),
        (422, JSON, b'{"detail": [{"type": "missing", "loc": ["elsewhere", "a"], "msg": "Field required"}]}'),
        (599, TEXT, b"Not Found"),
        (404, HTML, WERKZEUG % b"Sold out"),
    ],
)  # fmt: skip
def test_what_is_not_quite_a_default_is_left(
    status: int, fields: tuple[tuple[bytes, bytes], ...], content: bytes
) -> None:
    """One member, one word or a coding more, and nobody can be sure."""
    assert read_framework_error(status, fields, content) is None


@given(
    status=st.integers(-1, 1000),
    kind=st.sampled_from([b"application/json", b"text/plain", b"text/html", b"", b"\xff"]),
    content=st.binary(max_size=40)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.just("Not Found"),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["detail", "status_code", "extra", "loc", "msg", "type"]), inner, max_size=4
            )
        ),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode()),
)
def test_any_bytes_are_read_without_a_fuss(status: int, kind: bytes, content: bytes) -> None:
    """An answer that cannot be read is the application's."""
    read_framework_error(status, ((b"content-type", kind),), content)
