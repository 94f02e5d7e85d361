# SPDX-License-Identifier: Apache-2.0
"""An environment is read as what the client sent, and says afterwards what the guard believes."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.gate import Entry
from seeother.message import Forwarding
from seeother.wsgi.environ import apply, content_length, request_of, template_of


def environ(**more: object) -> dict[str, Any]:
    """What a server makes of `GET /`."""
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "SERVER_NAME": "10.1.2.3",
        "SERVER_PORT": "8000",
        "REMOTE_ADDR": "203.0.113.9",
        "wsgi.url_scheme": "http",
        **more,
    }


def test_reads_the_whole_head() -> None:
    """Method, whole path, query, scheme, host, fields and peer."""
    request = request_of(
        environ(
            REQUEST_METHOD="POST",
            SCRIPT_NAME="/shop",
            PATH_INFO="/caf\xc3\xa9",  # UTF-8, as PEP 3333 has it
            QUERY_STRING="a=%20",
            CONTENT_TYPE="text/plain",
            CONTENT_LENGTH="3",
            HTTP_HOST="shop.example",
            HTTP_X_REQUESTED_WITH="caf\xe9",
        )
    )

    assert request == (
        "POST",
        "/shop/café",
        b"a=%20",
        "http",
        b"shop.example",
        (
            (b"content-type", b"text/plain"),
            (b"content-length", b"3"),
            (b"host", b"shop.example"),
            (b"x-requested-with", b"caf\xe9"),
        ),
        "203.0.113.9",
    )


@pytest.mark.parametrize(
    ("more", "authority"),
    [
        ({}, b"10.1.2.3:8000"),
        ({"SERVER_PORT": "80"}, b"10.1.2.3"),
        ({"SERVER_PORT": "443", "wsgi.url_scheme": "https"}, b"10.1.2.3"),
        ({"SERVER_PORT": "443"}, b"10.1.2.3:443"),
        ({"HTTP_HOST": "shop.example:8443"}, b"shop.example:8443"),
    ],
)
def test_without_a_host_the_server_is_the_authority(more: dict[str, object], authority: bytes) -> None:
    """An HTTP/1.0 client names none; a default port is left out."""
    assert request_of(environ(**more)).authority == authority


def test_a_forged_content_length_is_no_field() -> None:
    """HTTP_CONTENT_LENGTH is somebody's field `content_length`, never the real one."""
    request = request_of(environ(HTTP_CONTENT_LENGTH="9", HTTP_CONTENT_TYPE="text/html", CONTENT_LENGTH=""))

    assert request.fields == ()


def test_an_empty_path_is_the_root() -> None:
    """As for whoever asks for an authority alone; a socket without addresses has no peer."""
    request = request_of(environ(PATH_INFO="", REMOTE_ADDR=""))

    assert (request.path, request.client) == ("/", None)


@given(st.dictionaries(st.one_of(st.sampled_from(sorted(environ())), st.text().map("HTTP_".__add__)), st.text()))
def test_never_raises(given_environ: dict[str, Any]) -> None:
    """Whatever stands in an environment, a request comes of it."""
    request = request_of(given_environ)

    assert request.path
    assert all(name == name.lower() for name, _ in request.fields)


def test_what_is_believed_is_what_the_application_sees() -> None:
    """Scheme, host and client as they were before the trusted proxy."""
    seen = environ(HTTP_HOST="inner:8000", HTTP_X_FORWARDED_FOR="198.51.100.7")
    request = request_of(seen)._replace(scheme="https", authority=b"shop.example", client="198.51.100.7")

    apply(seen, Entry(request, Forwarding("198.51.100.7", "https", b"shop.example", None, disagrees=False)))

    assert (seen["wsgi.url_scheme"], seen["HTTP_HOST"], seen["REMOTE_ADDR"]) == (
        "https",
        "shop.example",
        "198.51.100.7",
    )


def test_forgeries_are_taken_away() -> None:
    """All forwarded fields, and nothing else."""
    seen = environ(HTTP_FORWARDED="for=x", HTTP_X_FORWARDED_HOST="evil.example", HTTP_ACCEPT="*/*")

    apply(seen, Entry(request_of(seen), forged=(b"forwarded", b"x-forwarded-host")))

    assert [key for key in seen if key.startswith("HTTP_")] == ["HTTP_ACCEPT"]


@pytest.mark.parametrize(
    ("more", "template"),
    [
        ({}, None),
        ({"werkzeug.request": SimpleNamespace(url_rule=SimpleNamespace(rule="/orders/<int:id>"))}, "/orders/{id}"),
        ({"werkzeug.request": SimpleNamespace(url_rule=None)}, None),
        ({"seeother.route": "/orders/<uuid:id>/pay"}, "/orders/{id}/pay"),
        ({"seeother.route": "/orders/<int:id>", "SCRIPT_NAME": "/shop"}, "/shop/orders/{id}"),
        ({"seeother.route": "^orders/(?P<id>[0-9]+)$"}, "^orders/(?P<id>[0-9]+)$"),
    ],
)
def test_template_of_the_route(more: dict[str, object], template: str | None) -> None:
    """Flask's rule and what Django's door noted, in our words; a regular expression as it is."""
    assert template_of(environ(**more)) == template


@pytest.mark.parametrize(
    ("said", "length"),
    [("", None), ("0", 0), (" 12 ", 12), ("-1", None), ("1e3", None), ("²", None), ("9" * 5000, int("9" * 18))],
)
def test_content_length(said: str, length: int | None) -> None:
    """Digits count; what is no number says nothing."""
    assert content_length({"CONTENT_LENGTH": said}) == length
