# SPDX-License-Identifier: Apache-2.0
"""The reader of HAR files takes what browsers write and refuses the rest with a place and a reason."""

import json
from base64 import b64encode
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.audit import HarError, read_har
from seeother.message import Exchange, Request, ResponseHead

ENTRY: dict[str, Any] = {
    "startedDateTime": "2026-11-23T10:00:00.000Z",
    "request": {
        "method": "POST",
        "url": "https://shop.example/orders/a%20b?from=cart",
        "headers": [{"name": "Host", "value": "shop.example"}],
    },
    "response": {
        "status": 302,
        "headers": [{"name": "Location", "value": "/orders/7"}],
        "redirectURL": "/orders/7",
    },
}


def har(*entries: object, **log: object) -> bytes:
    """A HAR file with these entries."""
    return json.dumps({"log": {"version": "1.2", "entries": entries} | log}).encode()


def entry(request: dict[str, object] | None = None, response: dict[str, object] | None = None) -> dict[str, Any]:
    """The usual entry with other members of request or response."""
    changed = deepcopy(ENTRY)
    changed["request"] |= request or {}
    changed["response"] |= response or {}
    return changed


def test_reads_an_exchange() -> None:
    """Method, URL, status and fields come out as an exchange with the number of its entry."""
    recording = read_har(har(ENTRY))

    assert recording.left_out == 0
    assert recording.exchanges == (
        (
            1,
            Exchange(
                Request(
                    method="POST",
                    path="/orders/a b",
                    query=b"from=cart",
                    scheme="https",
                    authority=b"shop.example",
                    fields=((b"host", b"shop.example"),),
                ),
                ResponseHead(302, ((b"location", b"/orders/7"),)),
                at=1795428000.0,
            ),
        ),
    )


@pytest.mark.parametrize("started", [None, 5, "", "yesterday", "2026-13-40T10:00:00Z", "9999999-01-01"])
def test_a_time_that_is_none_is_not_known(started: object) -> None:
    """Only rules about time need it."""
    ((_, exchange),) = read_har(har(entry() | {"startedDateTime": started})).exchanges

    assert exchange.at is None


@pytest.mark.parametrize(
    "left_out",
    [
        entry(response={"status": 0, "headers": None}),
        entry(response={"status": -1}),
        entry(response={"status": 0.0}),
        entry() | {"response": None},
        {"request": ENTRY["request"]},
        entry(request={"url": "data:text/plain,x"}),
        entry(request={"url": "blob:https://shop.example/1"}),
        entry(request={"url": "chrome-extension://abc/x.js"}),
        entry(request={"url": "wss://shop.example/live"}),
        entry(response={"status": 307, "headers": [{"name": "Non-Authoritative-Reason", "value": "HSTS"}]}),
    ],
    ids=["0", "-1", "0.0", "null", "absent", "data", "blob", "extension", "socket", "made up"],
)
def test_leaves_out_what_is_no_exchange(left_out: object) -> None:
    """Unanswered and unreal entries are counted, and do not shift the numbers of the others."""
    recording = read_har(har(ENTRY, left_out, ENTRY))

    assert [number for number, _ in recording.exchanges] == [1, 3]
    assert recording.left_out == 1


def test_drops_pseudo_fields_and_parts_joined_lines() -> None:
    """Chrome's HTTP/2 entries read like anybody else's."""
    headers = [
        {"name": ":method", "value": "POST"},
        {"name": "set-cookie", "value": "a=1; Path=/\nb=2"},
        {"name": "X-Name", "value": "caf\u00e9 \N{EURO SIGN}"},
    ]

    ((_, exchange),) = read_har(har(entry(response={"status": 200.0, "headers": headers}))).exchanges

    assert exchange.response.status == 200
    assert exchange.response.fields == (
        (b"set-cookie", b"a=1; Path=/"),
        (b"set-cookie", b"b=2"),
        (b"x-name", "caf\u00e9 \N{EURO SIGN}".encode()),
    )


def test_takes_the_target_from_redirect_url_only_when_the_field_is_absent() -> None:
    """The Location field wins, for `redirectURL` may have been resolved; neither counts without a redirect."""
    target = "https://shop.example/orders/7"
    both = entry(response={"redirectURL": target})
    only = entry(response={"redirectURL": target, "headers": []})
    none = entry(response={"redirectURL": "", "headers": []})
    other = entry(response={"redirectURL": target, "headers": [], "status": 200})

    fields = [exchange.response.fields for _, exchange in read_har(har(both, only, none, other)).exchanges]

    assert fields == [((b"location", b"/orders/7"),), ((b"location", target.encode()),), (), ()]


def test_decodes_content() -> None:
    """Text is UTF-8, base64 is what it stands for, and absent content is None."""
    texts = [
        {"text": "caf\u00e9"},
        {"text": b64encode(b"\x00\xff").decode(), "encoding": "base64"},
        {"size": 3},
    ]

    read = read_har(har(*[entry(response={"content": content}) for content in texts])).exchanges

    assert [exchange.content for _, exchange in read] == ["caf\u00e9".encode(), b"\x00\xff", None]


def test_keeps_the_password_of_a_url_out() -> None:
    """User and password are no part of the authority that is asked (RFC 9110 section 4.2.4)."""
    ((_, exchange),) = read_har(har(entry(request={"url": "http://me:secret@shop.example:8080"}))).exchanges

    assert exchange.request.authority == b"shop.example:8080"
    assert exchange.request.path == "/"


def test_reads_a_file_with_a_byte_order_mark() -> None:
    """Some proxies write one."""
    assert len(read_har(b"\xef\xbb\xbf" + har(ENTRY)).exchanges) == 1


def without(part: str, key: str) -> dict[str, Any]:
    """The usual entry without one member."""
    changed = deepcopy(ENTRY)
    del changed[part][key]
    return changed


BROKEN = {
    "empty": (b"", "not JSON"),
    "not JSON": (b"{", "not JSON"),
    "not UTF-8": (b"\xff\xfe{", "not JSON"),
    "too deep": (b"[" * 200_000, "not JSON"),
    "too long a number": (b"9" * 10_000, "not JSON"),
    "zip": (b"PK\x03\x04...", "zip archive"),
    "an array": (b"[]", "no HAR file"),
    "no log": (b'{"logs": {}}', "no HAR file"),
    "log is no object": (b'{"log": 1}', "the file.log is not an object"),
    "version 2": (har(version="2.0"), "log.version is '2.0'"),
    "no entries": (b'{"log": {}}', "log.entries is missing"),
    "entry is no object": (har(ENTRY, 7), "entry 2 is not an object"),
    "no request": (har({"response": {}}), "entry 1.request is missing"),
    "response is text": (har(entry() | {"response": "200"}), "entry 1.response is not an object"),
    "no method": (har(without("request", "method")), "entry 1.request.method is missing"),
    "empty method": (har(entry(request={"method": ""})), "entry 1.request needs a method"),
    "url is a number": (har(entry(request={"url": 1})), "entry 1.request.url is not a text"),
    "relative url": (har(entry(request={"url": "/orders"})), "absolute url"),
    "no host": (har(entry(request={"url": "https:///orders"})), "names no host"),
    "broken url": (har(entry(request={"url": "https://[/orders"})), "IPv6"),
    "no fields": (har(without("response", "headers")), "entry 1.response.headers is missing"),
    "field without value": (har(entry(response={"headers": [{"name": "a"}]})), "response.headers.value is missing"),
    "field is text": (har(entry(request={"headers": ["a: b"]})), "request.headers is not an object"),
    "status is text": (har(entry(response={"status": "302"})), "status is '302', not a number"),
    "status is not finite": (har(entry(response={"status": float("nan")})), "not a number"),
    "status has two digits": (har(entry(response={"status": 42})), "not a status code"),
    "broken base64": (har(entry(response={"content": {"text": "a", "encoding": "base64"}})), "not base64"),
}


@pytest.mark.parametrize(("raw", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_refuses_what_a_verdict_cannot_rest_on(raw: bytes, message: str) -> None:
    """The error says where and why."""
    with pytest.raises(HarError, match=message):
        read_har(raw)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.lists(st.fixed_dictionaries({"name": st.text(max_size=6), "value": st.text(max_size=6)}), max_size=2)
URLS = st.sampled_from(["https://shop.example/?a#b", "http://[", "//", "ftp://x", "https://x:y/"]) | st.text(
    max_size=12
)
ENTRIES = st.fixed_dictionaries(
    {
        "request": st.fixed_dictionaries({"method": st.text(max_size=3), "url": URLS, "headers": FIELDS}) | JSON,
        "response": JSON
        | st.fixed_dictionaries(
            {"status": st.integers(-2, 1000) | st.floats() | JSON, "headers": FIELDS | JSON},
            optional={
                "redirectURL": JSON,
                "content": st.fixed_dictionaries({"text": JSON, "encoding": st.just("base64")}),
            },
        ),
    }
)


@given(
    st.binary(max_size=40)
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.lists(ENTRIES | JSON, max_size=3).map(lambda entries: har(*entries))
)
def test_raises_nothing_but_its_own_error(raw: bytes) -> None:
    """Whatever the file holds, the reader gives a recording or a HarError of one line."""
    try:
        recording = read_har(raw)
    except HarError as error:
        assert str(error)  # noqa: PT017 - it is allowed, not expected
    else:
        numbers = [number for number, _ in recording.exchanges]
        assert numbers == sorted(set(numbers))
        assert all(100 <= exchange.response.status <= 999 for _, exchange in recording.exchanges)
