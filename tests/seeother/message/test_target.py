# SPDX-License-Identifier: Apache-2.0
"""Where references lead, as a browser would have it."""

import re
from urllib.parse import urljoin

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from playwright.async_api import Browser

from seeother.message import (
    Origin,
    ReferenceKind,
    Request,
    Target,
    is_same_origin,
    kind_of,
    origin_of,
    read_origin,
    resolve,
    to_relative,
)

HERE = Origin("https", "shop.example", 443)
ASKED = Request("POST", "/a/b c/d", b"x=1", "https", b"Shop.Example:443")
PIECES = [b"/", b"\\", b"//", b"..", b".", b"%2e", b"?", b"#", b":", b"@", b"[", b"]", b"https:", b"http:", b"a", b"80"]
REFERENCES = (
    st.binary(max_size=30)
    | st.lists(st.sampled_from([*PIECES, b"shop.example", b" ", b"\t", b"\xc3\xa9"]), max_size=10).map(b"".join)
    | st.text("/\\.?#:@[]% ahtps\t\u00e9", max_size=20).map(str.encode)
)


WHATWG: list[tuple[bytes, ReferenceKind, str | None]] = [
    (b"/orders/7", ReferenceKind.PATH, "https://shop.example/orders/7"),
    (b"/", ReferenceKind.PATH, "https://shop.example/"),
    (b" /x \r\n", ReferenceKind.PATH, "https://shop.example/x"),
    (b"\\x\\y", ReferenceKind.PATH, "https://shop.example/x/y"),
    (b"/.//evil.example", ReferenceKind.PATH, "https://shop.example//evil.example"),
    (b"7", ReferenceKind.RELATIVE, "https://shop.example/a/b%20c/7"),
    (b"", ReferenceKind.RELATIVE, "https://shop.example/a/b%20c/d?x=1"),
    (b"?q", ReferenceKind.RELATIVE, "https://shop.example/a/b%20c/d?q"),
    (b"?", ReferenceKind.RELATIVE, "https://shop.example/a/b%20c/d"),
    (b"#f", ReferenceKind.RELATIVE, "https://shop.example/a/b%20c/d?x=1#f"),
    (b".", ReferenceKind.RELATIVE, "https://shop.example/a/b%20c/"),
    (b"../../../x/./y/%2e%2E/z", ReferenceKind.RELATIVE, "https://shop.example/x/z"),
    (b"caf\xc3\xa9?\xe9 a#<", ReferenceKind.RELATIVE, "https://shop.example/a/b%20c/caf%C3%A9?%E9%20a#%3C"),
    (b"127.0.0.1:80", ReferenceKind.RELATIVE, "https://shop.example/a/b%20c/127.0.0.1:80"),
    (b"//h", ReferenceKind.NETWORK, "https://h/"),
    (b"/\\h", ReferenceKind.NETWORK, "https://h/"),
    (b"\\\\h", ReferenceKind.NETWORK, "https://h/"),
    (b"\\/h\\x", ReferenceKind.NETWORK, "https://h/x"),
    (b"////h//x", ReferenceKind.NETWORK, "https://h//x"),
    (b"//h?q#f", ReferenceKind.NETWORK, "https://h/?q#f"),
    (b"//u:p@h:8443", ReferenceKind.NETWORK, "https://h:8443/"),
    (b"https://h:443", ReferenceKind.ABSOLUTE, "https://h/"),
    (b"HTTP://H:443/..", ReferenceKind.ABSOLUTE, "http://h:443/"),
    (b"https:\\\\h", ReferenceKind.ABSOLUTE, "https://h/"),
    (b"https:/x", ReferenceKind.ABSOLUTE, "https://shop.example/x"),
    (b"https:x", ReferenceKind.ABSOLUTE, "https://shop.example/a/b%20c/x"),
    (b"https:", ReferenceKind.ABSOLUTE, "https://shop.example/a/b%20c/d?x=1"),
    (b"http:/x", ReferenceKind.ABSOLUTE, "http://x/"),
    (b"http:x", ReferenceKind.ABSOLUTE, "http://x/"),
    (b"http:", ReferenceKind.ABSOLUTE, None),
    (b"javascript:alert(1)", ReferenceKind.OTHER, None),
    (b"mailto:a@shop.example", ReferenceKind.OTHER, None),
    (b"shop.example:80/x", ReferenceKind.OTHER, None),
    (b"/a\tb", ReferenceKind.BROKEN, None),
    (b"/a\r\nset-cookie: a=b", ReferenceKind.BROKEN, None),
    (b"java\nscript:x", ReferenceKind.BROKEN, None),
    (b"/\x7f", ReferenceKind.BROKEN, None),
    (b"//", ReferenceKind.BROKEN, None),
    (b"///", ReferenceKind.BROKEN, None),
    (b"https://", ReferenceKind.BROKEN, None),
    (b"https://[::1", ReferenceKind.BROKEN, None),
    (b"//h:99999", ReferenceKind.BROKEN, None),
    (b"//h:x", ReferenceKind.BROKEN, None),
    (b"https://user@/x", ReferenceKind.BROKEN, None),
]


@pytest.mark.parametrize(("reference", "kind", "target"), WHATWG)
def test_references_lead_where_a_browser_goes(reference: bytes, kind: ReferenceKind, target: str | None) -> None:
    """The table is the WHATWG URL standard's, for a page under https."""
    found = resolve(ASKED, reference)

    assert kind_of(reference) is kind
    assert (None if found is None else str(found)) == target
    assert is_same_origin(ASKED, reference) is (target is not None and f"{target}/".startswith("https://shop.example/"))


@pytest.mark.slow
async def test_a_browser_agrees(browser: Browser) -> None:
    """Chromium reads each reference of the table alike, but for control characters, which it would pass over."""
    told = [row for row in WHATWG if re.fullmatch(rb"[ -~]*", row[0].strip())]
    references = [reference.decode() for reference, _, _ in told]
    page = await browser.new_page()
    read = await page.evaluate(
        """references => references.map(reference => {
            try {
                const url = new URL(reference, "https://shop.example/a/b%20c/d?x=1");
                url.username = url.password = "";
                return /^https?:/.test(url.protocol) ? url.href.replace(/[?](?=$|#)/, "") : null;
            } catch { return null; }
        })""",
        references,
    )

    assert [(reference, target) for reference, _, target in told] == [
        (reference, target) for (reference, _, _), target in zip(told, read, strict=True)
    ]


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (b"https://shop.example/orders/7?a=1#f", b"/orders/7?a=1#f"),
        (b"https://SHOP.example:443", b"/"),
        (b"https://shop.example?a", b"/?a"),
        (b"//shop.example/x", b"/x"),
        (b"https://u:p@shop.example/x", b"/x"),
        (b"https://shop.example//evil.example/x", b"/.//evil.example/x"),
        (b"https://shop.example/\\evil.example", b"/.//evil.example"),
        (b"7", b"/a/b%20c/7"),
        (b"", b"/a/b%20c/d?x=1"),
        (b"https://pay.example/x", b"/"),
        (b"http://shop.example/x", b"/"),
        (b"javascript:x", b"/"),
        (b"//[", b"/"),
    ],
)
def test_references_of_the_same_origin_become_relative(reference: bytes, expected: bytes) -> None:
    """Never one that would name a host, and the front page for what leads elsewhere."""
    assert to_relative(ASKED, reference) == expected


@pytest.mark.parametrize(
    ("scheme", "authority", "expected"),
    [
        ("https", b"Shop.example", HERE),
        ("http", b"shop.example:8080", Origin("http", "shop.example", 8080)),
        ("https", b"[::1]:8443", Origin("https", "[::1]", 8443)),
        ("https", b"", None),
        ("https", b"shop.example:x", None),
        ("ws", b"shop.example", None),
    ],
)
def test_origin_of_a_request(scheme: str, authority: bytes, expected: Origin | None) -> None:
    """With the port that goes without saying."""
    assert origin_of(Request("GET", "/", scheme=scheme, authority=authority)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"https://shop.example", HERE),
        (b"HTTPS://SHOP.example:443/x?y", HERE),
        (b"http://[::1]:80", Origin("http", "[::1]", 80)),
        (b"null", None),
        (b"", None),
        (b"shop.example", None),
        (b"//shop.example", None),
        (b"https:shop.example", None),
        (b"file:///etc/passwd", None),
        (b"chrome-extension://abc", None),
        (b"https://", None),
        (b"https://shop.example\n.evil.example", None),
        (b"https://shop.example:x", None),
    ],
)
def test_origin_fields_and_urls_are_read(value: bytes, expected: Origin | None) -> None:
    """What names no origin of HTTP is None."""
    assert read_origin(value) == expected


@pytest.mark.parametrize(
    ("origin", "text"),
    [
        (HERE, "https://shop.example"),
        (Origin("https", "shop.example", 80), "https://shop.example:80"),
        (Origin("http", "[::1]", 8080), "http://[::1]:8080"),
    ],
)
def test_origins_are_written_as_an_origin_field(origin: Origin, text: str) -> None:
    """Without the port that goes without saying, and read back as they were."""
    assert str(origin) == text
    assert read_origin(text.encode()) == origin


@pytest.mark.parametrize("authority", [b"", b"[", b"\xff", b"a b", b"x:99999"])
def test_request_without_a_host_still_has_its_own_paths(authority: bytes) -> None:
    """HTTP/1.0 sends no host; nothing absolute is then of the same origin."""
    asked = Request("GET", "*", scheme="ws", authority=authority)

    assert resolve(asked, b"x") == Target(Origin("http", "", 80), "/x")
    assert is_same_origin(asked, b"x")
    assert is_same_origin(asked, b"/x")
    assert not is_same_origin(asked, b"http://shop.example/")
    assert to_relative(asked, b"x?y") == b"/x?y"


def test_decoded_path_is_encoded_again() -> None:
    """The request's own path holds what was percent-encoded."""
    asked = Request("GET", "/50%/a?b#c/\ud800/é", authority=b"h")

    assert to_relative(asked, b"") == b"/50%25/a%3Fb%23c/%3F/%C3%A9"


@given(reference=REFERENCES, path=st.text(max_size=12), scheme=st.sampled_from(["http", "https", "ws", ""]))
@example(reference=b"/.//h", path="/", scheme="https")
@example(reference=b"https://shop.example/.//../\\h", path="/", scheme="https")
def test_nothing_raises_and_relative_forms_stay_at_home(reference: bytes, path: str, scheme: str) -> None:
    """Each same-origin reference has a path that leads to the same target, from anywhere on the site."""
    asked = Request("POST", path, b"\xff", scheme, b"shop.example")
    target, kind, relative = resolve(asked, reference), kind_of(reference), to_relative(asked, reference)

    assert (kind is ReferenceKind.BROKEN or kind is ReferenceKind.OTHER) <= (target is None)
    assert kind_of(relative) is ReferenceKind.PATH
    if is_same_origin(asked, reference):
        assert target is not None
        assert resolve(asked._replace(path="/else/where"), relative) == target
    elif target is not None:
        assert kind in {ReferenceKind.NETWORK, ReferenceKind.ABSOLUTE}
        assert resolve(asked, str(target).encode()) == target


SEGMENTS = st.lists(st.sampled_from(["a", "b", "..", ".", "c%20d", "e=f"]), min_size=1, max_size=5).map("/".join)


@given(base=SEGMENTS, reference=SEGMENTS, rooted=st.booleans())
def test_plain_references_resolve_as_the_standard_library_has_it(base: str, reference: str, *, rooted: bool) -> None:
    """Where browsers and RFC 3986 agree."""
    asked = Request("GET", "/" + base.replace("%20", " "), authority=b"h")
    given_ = "/" + reference if rooted else reference
    start = resolve(asked, b"")

    assert start is not None
    assert str(resolve(asked, given_.encode())) == urljoin(str(start), given_)


@pytest.mark.parametrize(
    "reference",
    [b"/" * 100_000, b"../" * 33_000, b"\\" * 100_000, b"//" + b"[" * 100_000, b"https://" + b"a." * 50_000],
    ids=["slashes", "dots", "backslashes", "brackets", "labels"],
)
def test_bombs_are_read_in_no_time(reference: bytes) -> None:
    """A Location of 100 KB costs linear time; the suite's own limit would stop anything else."""
    asked = Request("POST", "/a/" * 30_000, authority=b"shop.example")

    assert kind_of(to_relative(asked, reference)) is ReferenceKind.PATH
    assert (resolve(asked, reference) is None) <= (kind_of(reference) is ReferenceKind.BROKEN)
