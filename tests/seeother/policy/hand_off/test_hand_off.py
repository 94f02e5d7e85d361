# SPDX-License-Identifier: Apache-2.0
"""A redirect is right or is not made: every status, every kind of target."""

import re
from http import HTTPStatus
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.errors import CallerError
from seeother.message import REDIRECTS, ReferenceKind, Request, Response, Status, first, kind_of, resolve
from seeother.policy.hand_off.hand_off import TARGET_LIMIT, hand_off, redirect

POST = Request("POST", "/orders/new", scheme="https", authority=b"shop.example")
PARTNERS = frozenset({"pay.example", "Test.Pay.example:8443", "[::1]:8080"})


def location(answer: Response) -> bytes | None:
    """Where an answer leads."""
    return first(answer.fields, b"location")


def test_redirect_is_see_other_by_default() -> None:
    """After an action it is the right one, and it carries a note with a link."""
    assert redirect("/orders/7?a=1&b=2#top") == Response(
        303,
        (
            (b"location", b"/orders/7?a=1&b=2#top"),
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-length", b"101"),
        ),
        b'<!doctype html>\n<title>303 See Other</title>\n<p><a href="/orders/7?a=1&amp;b=2#top">Continue</a></p>\n',
    )


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, Status.SEE_OTHER, HTTPStatus.FOUND], ids=repr)
def test_each_redirect_is_accepted(status: int) -> None:
    """Five there are, and nothing is said about caching: that is what they differ in by themselves."""
    answer = redirect("/x", status)

    assert answer.status == status
    assert f"{int(status)} {Status(status).phrase}".encode() in answer.content
    assert first(answer.fields, b"cache-control") is None
    assert first(answer.fields, b"content-length") == str(len(answer.content)).encode()


@given(status=st.integers() | st.sampled_from([200, 201, 300, 304, 305, 306, 399, 404]))
def test_any_other_status_is_refused(status: int) -> None:
    """Article 2.1 says that 200 and 404 panic: here they do, before a byte is sent, and the message names them."""
    if status in REDIRECTS:
        return
    with pytest.raises(CallerError, match=re.escape(str(status))):
        redirect("/x", status)


@pytest.mark.parametrize("status", [True, 303.5, "303", None])
def test_what_is_no_number_is_refused(status: object) -> None:
    """Python would let it through."""
    with pytest.raises(CallerError):
        redirect("/x", status)  # type: ignore[arg-type] # what the test is about


@pytest.mark.parametrize(
    ("to", "sent"),
    [
        ("/", b"/"),
        ("orders/7", b"orders/7"),
        ("?page=2", b"?page=2"),
        ("#top", b"#top"),
        ("../x", b"../x"),
        (" /x ", b"/x"),
        ("/a b", b"/a%20b"),
        ("/订单/é?q=ü#ß", b"/%E8%AE%A2%E5%8D%95/%C3%A9?q=%C3%BC#%C3%9F"),
        ("/a%2Fb%20c", b"/a%2Fb%20c"),
        ("/100%", b"/100%25"),
        ("/%zz%4", b"/%25zz%254"),
        ('/"<>`{|}^\\', b"/%22%3C%3E%60%7B%7C%7D%5E%5C"),
        ("/a\\b", b"/a%5Cb"),
        ("/\udcff", b"/%FF"),
        ("/x?next=//evil.example", b"/x?next=//evil.example"),
    ],
)
def test_path_is_sent_in_ascii(to: str, sent: bytes) -> None:
    """As RFC 3986 has it: what is encoded stays, what cannot stand in a URI is encoded as UTF-8."""
    assert location(redirect(to)) == sent


@pytest.mark.parametrize(
    "to",
    [
        "",
        "   ",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        "///evil.example",
        " //evil.example",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "mailto:a@b.example",
        "java\tscript:alert(1)",
        "/\t/evil.example",
        "/x\r\nset-cookie: a=1",
        "/x\n",
        "/x\x00",
        "\x01/x",
        "/x\x7f",
        "/x\x85",
        "https:evil.example",
        "https:/evil.example",
        "https:///evil.example",
        "https:\\\\evil.example",
        "https://",
        "https://evil.example",
        "https://pay.example@evil.example/",
        "https://user:secret@pay.example/",
        "https://pay.example\\@evil.example/",
        "https://pay.example\\x",
        "https://pay.example.evil.example/",
        "https://pay.example:444/",
        "https://test.pay.example/",
        "https://páy.example/",
        "https://[::1/",
        "https://pay.example:port/",
        "ftp://pay.example/",
        "/\ud800",
        "/" + "x" * TARGET_LIMIT,
    ],
    ids=ascii,
)
def test_bad_target_is_refused(to: str) -> None:
    """The caller hears of it, and of no more of the target than fits into a message."""
    with pytest.raises(CallerError) as caught:
        redirect(to, allowed=PARTNERS)

    assert len(str(caught.value)) < 400
    assert str(caught.value).isascii() or "…" in str(caught.value)


@pytest.mark.parametrize(
    "to",
    [
        "https://pay.example/x",
        "https://PAY.example:443/x",
        "http://pay.example",
        "https://test.pay.example:8443/x",
        "http://[::1]:8080/",
    ],
)
def test_host_on_the_list_is_accepted(to: str) -> None:
    """With its port where it is not the scheme's own."""
    assert location(redirect(to, allowed=PARTNERS)) == to.encode()


def test_own_origin_needs_no_list_and_is_sent_as_a_path() -> None:
    """Whatever Host says, the person stays where they are."""
    forged = POST._replace(authority=b"evil.example")

    assert location(redirect("https://shop.example/orders/7?a=1#b", request=POST)) == b"/orders/7?a=1#b"
    assert location(redirect("https://shop.example:443/ü", request=POST)) == b"/%C3%BC"
    assert location(redirect("https://evil.example/orders/7", request=forged)) == b"/orders/7"
    for other in ("http://shop.example/", "https://shop.example:8443/", "https://www.shop.example/"):
        with pytest.raises(CallerError, match=r"shop\.example"):
            redirect(other, request=POST)


def test_note_is_left_out_for_head() -> None:
    """A response to HEAD has no content (RFC 9110 section 9.3.2)."""
    answer = redirect("/x", request=POST._replace(method="HEAD"))

    assert answer == Response(303, redirect("/x").fields, b"")


def test_hand_off_repeats_nothing_and_is_not_stored() -> None:
    """A step is somebody's own."""
    answer = hand_off("/orders/7/pay", request=POST)

    assert answer.status == 303
    assert first(answer.fields, b"cache-control") == b"no-store"
    assert location(hand_off("https://pay.example/s/1", allowed=PARTNERS)) == b"https://pay.example/s/1"


@pytest.mark.parametrize("to", ["/orders", "next", "?again", "https://shop.example/orders"])
def test_method_is_kept_within_the_origin_where_that_is_declared(to: str) -> None:
    """For moving a request on before anything has happened."""
    assert hand_off(to, preserve_method=True, request=POST).status == 307


@pytest.mark.parametrize(
    "to", ["https://pay.example/s/1", "http://shop.example/", "https://shop.example:8443/", "//shop.example/x"]
)
@pytest.mark.parametrize("request_", [POST, None], ids=["request", "none"])
def test_content_is_never_sent_to_another_origin(to: str, request_: Request | None) -> None:
    """The article demands 307 for forms; the card number would go to whoever is at the other end."""
    with pytest.raises(CallerError):
        hand_off(to, preserve_method=True, allowed=PARTNERS, request=request_)


def test_absolute_target_needs_a_request_to_keep_the_method() -> None:
    """Without one nobody can say whose origin it is; a path is always one's own."""
    with pytest.raises(CallerError, match="303"):
        hand_off("https://pay.example/", preserve_method=True, allowed=PARTNERS)
    assert hand_off("/x", preserve_method=True).status == 307


TEXTS = st.text() | st.lists(
    st.sampled_from(
        ["/", "\\", ":", "http", "https", "javascript", "@", "evil.example", "shop.example", "?", "#", "%", "."]
    )
).map("".join)


@given(to=TEXTS, has_request=st.booleans(), keeps=st.booleans())
def test_no_text_leads_off_the_site(to: str, has_request: bool, keeps: bool) -> None:  # noqa: FBT001 - drawn
    """Whatever a caller is given, either it is refused or a browser stays here."""
    try:
        answer = hand_off(to, preserve_method=keeps, request=POST if has_request else None)
    except CallerError:
        return
    sent = location(answer)
    assert sent is not None
    assert sent.isascii()
    assert re.fullmatch(rb"[!-~]+", sent)
    assert kind_of(sent) in {ReferenceKind.PATH, ReferenceKind.RELATIVE}
    target = resolve(POST, sent)
    assert target is not None
    assert target.origin == ("https", "shop.example", 443)


@given(
    path=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=50).filter(lambda text: text == text.strip())
)
def test_path_comes_out_as_it_went_in(path: str) -> None:
    """Encoding loses nothing that was not encoded before."""
    sent = location(redirect("/x/" + path.replace("%", "")))

    assert sent is not None
    assert unquote(sent.decode()) == "/x/" + path.replace("%", "")
