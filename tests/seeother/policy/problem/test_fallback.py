# SPDX-License-Identifier: Apache-2.0
"""What stands in for an answer that did not come: honest, readable, and there when nothing else is."""

import json
import re
import subprocess
import sys
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.message import Request, Response, first
from seeother.policy.problem.fallback import fallback, stand_in
from seeother.policy.problem.page import FallbackPage
from seeother.policy.problem.problems import (
    NOT_SHOWN,
    NOT_THERE,
    NOTHING_DONE,
    OUTCOME_UNKNOWN,
    REFUSED,
    STAND_INS,
    Problem,
)
from seeother.policy.problem.validation import FieldError

PERSON = ((b"sec-fetch-dest", b"document"), (b"sec-fetch-mode", b"navigate"))
PAGES = FallbackPage()
VOID = {"meta", "link", "br", "img", "hr", "input"}
LOADING = {"script", "img", "link", "iframe", "object", "embed", "video", "audio", "source", "svg", "form", "base"}


def served(
    method: str = "GET",
    status: int = 503,
    *,
    retry_after: float | None = 5,
    action: bool = False,
    machine: bool = False,
) -> Response:
    """The fallback for one request."""
    request = Request(method, "/orders", fields=() if machine else PERSON)
    return fallback(request, status, pages=PAGES, retry_after=retry_after, way_on="/orders/7?a=1&b=2", action=action)


class Outline(HTMLParser):
    """Reads a page: tags must nest, and what it says is kept."""

    def __init__(self) -> None:
        """Begin with nothing open."""
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a tag, unless it has no end."""
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost tag; another one is a fault."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep what a person reads."""
        if "style" not in self.open:
            self.text += data

    def first(self, tag: str) -> dict[str, str | None]:
        """The attributes of the first such tag."""
        return next(attributes for name, attributes in self.seen if name == tag)


def outlined(page: bytes) -> Outline:
    """The page, read to its end with every tag closed."""
    outline = Outline()
    outline.feed(page.decode())
    outline.close()
    assert outline.open == []
    return outline


@pytest.mark.parametrize("kind", STAND_INS, ids=[kind.slug for kind in STAND_INS])
def test_page_is_whole_by_itself(kind: Problem) -> None:
    """Small, no script, nothing to load, in two languages and with a heading, balanced to the last tag."""
    page = PAGES.page(kind, status=500, way_on="/cart")
    outline = outlined(page)
    tags = {tag for tag, _ in outline.seen}

    assert len(page) < 8192
    assert not tags & LOADING
    assert page.startswith(b"<!doctype html>")
    assert b"url(" not in page
    assert b"@import" not in page
    assert not any(name in attributes for _, attributes in outline.seen for name in ("src", "onclick", "style"))
    assert outline.first("html")["lang"] == "en"
    assert outline.first("section")["lang"] == "zh-Hans"
    assert {"name": "color-scheme", "content": "light dark"} in [found for _, found in outline.seen]
    assert [tag for tag, _ in outline.seen].count("h1") == 1
    assert all(text in outline.text for text in (kind.title, kind.detail, kind.title_zh, kind.detail_zh))
    assert [found["href"] for tag, found in outline.seen if tag == "a"].count("/cart") == 2


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    digits = colour.lstrip("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[index : index + 2], 16) / 255 for index in (0, 2, 4)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_colours_can_be_read_by_light_and_by_dark() -> None:
    """At least 7 to 1 for text and 4.5 to 1 for links and the last line (WCAG 2 section 1.4)."""
    style = PAGES.page(NOT_SHOWN, status=503).decode().split("<style>")[1].split("</style>")[0]
    light, dark = style.split("@media (prefers-color-scheme: dark)")

    for scheme in (light, dark):
        background = re.findall(r"background: (#\w+)", scheme)[0]
        colours = {
            selector: re.findall(rf"\b{selector} {{[^}}]*?[ {{]color: (#\w+)", scheme)[0]
            for selector in ("body", "a", "footer")
        }
        for selector, colour in colours.items():
            high, low = sorted((luminance(colour), luminance(background)), reverse=True)
            assert (high + 0.05) / (low + 0.05) >= (7 if selector == "body" else 4.5), (selector, colour, background)


@pytest.mark.parametrize(
    ("method", "status", "action", "kind"),
    [
        ("GET", 503, False, NOT_SHOWN),
        ("GET", 500, False, NOT_SHOWN),
        ("HEAD", 504, False, NOT_SHOWN),
        ("GET", 429, False, NOT_SHOWN),
        ("GET", 500, True, OUTCOME_UNKNOWN),
        ("POST", 503, True, NOTHING_DONE),
        ("POST", 429, True, NOTHING_DONE),
        ("POST", 503, False, NOTHING_DONE),
        ("POST", 500, True, OUTCOME_UNKNOWN),
        ("POST", 504, True, OUTCOME_UNKNOWN),
        ("POST", 502, False, OUTCOME_UNKNOWN),
        ("PUT", 500, False, OUTCOME_UNKNOWN),
        ("POST", 501, True, REFUSED),
        ("POST", 422, True, REFUSED),
        ("GET", 403, False, REFUSED),
        ("GET", 404, False, NOT_THERE),
        ("POST", 410, True, NOT_THERE),
    ],
)
def test_page_says_no_more_than_is_known(method: str, status: int, kind: Problem, *, action: bool) -> None:
    """An unsafe request that failed may have been done, whatever the route declares; 503 says that it was not."""
    assert stand_in(Request(method, "/"), status, action=action) is kind


@given(status=st.integers(400, 599), method=st.sampled_from(["POST", "PUT", "PATCH", "DELETE"]), action=st.booleans())
def test_nothing_unknown_is_called_safe(status: int, method: str, *, action: bool) -> None:
    """Of an unsafe request that a server failed over nobody says that nothing was done."""
    kind = stand_in(Request(method, "/"), status, action=action)

    if status >= 500 and status not in {501, 503, 505, 510}:
        assert kind is OUTCOME_UNKNOWN
    assert ("safe" in kind.detail) == ("安全" in kind.detail_zh) == (kind is not OUTCOME_UNKNOWN)


def test_person_gets_a_page_that_asks_again_by_itself() -> None:
    """The right status, never stored, and Refresh because browsers ignore Retry-After."""
    response = served("GET", 503, retry_after=4.2)

    assert response.status == 503
    assert response.fields == (
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-language", b"en, zh-Hans"),
        (b"cache-control", b"no-store"),
        (b"retry-after", b"5"),
        (b"refresh", b"5"),
        (b"content-length", str(len(response.content)).encode()),
    )
    links = [found["href"] for tag, found in outlined(response.content).seen if tag == "a"]
    assert links == ["", "/orders/7?a=1&b=2"] * 2


@pytest.mark.parametrize(
    ("method", "status", "action", "machine"),
    [
        ("POST", 503, True, False),
        ("POST", 500, True, False),
        ("PUT", 503, False, False),
        ("GET", 503, True, False),
        ("GET", 404, False, False),
        ("GET", 503, False, True),
    ],
)
def test_only_a_page_that_is_safe_to_ask_again_refreshes(
    method: str, status: int, *, action: bool, machine: bool
) -> None:
    """Never after an action, never for a machine; Retry-After they get."""
    response = served(method, status, action=action, machine=machine)

    assert first(response.fields, b"refresh") is None
    assert first(response.fields, b"retry-after") == b"5"
    assert b'href=""' not in response.content


def test_no_promise_is_made_without_a_time() -> None:
    """Nobody knows when: the page says so by its links alone."""
    response = served(retry_after=None)

    assert first(response.fields, b"retry-after") is None
    assert first(response.fields, b"refresh") is None


@pytest.mark.parametrize("seconds", [float("inf"), float("nan"), -3, 0, 1e300])
def test_absurd_times_do_no_harm(seconds: float) -> None:
    """The field stays a whole number of seconds."""
    value = first(served(retry_after=seconds).fields, b"retry-after")

    assert value is not None
    assert int(value) >= 1


def test_head_gets_the_fields_of_get() -> None:
    """RFC 9110 section 9.3.2: the same fields, no content."""
    head, get = served("HEAD"), served("GET")

    assert head.fields == get.fields
    assert head.content == b""


@pytest.mark.parametrize(
    ("method", "status", "kind"), [("GET", 503, NOT_SHOWN), ("POST", 504, OUTCOME_UNKNOWN), ("POST", 429, NOTHING_DONE)]
)
def test_machine_gets_problem_details(method: str, status: int, kind: Problem) -> None:
    """The status of the answer, and the type of the trouble."""
    response = served(method, status, machine=True)

    assert first(response.fields, b"content-type") == b"application/problem+json"
    assert first(response.fields, b"cache-control") == b"no-store"
    assert json.loads(response.content) == {
        "type": f"urn:seeother:problem:{kind.slug}",
        "title": kind.title,
        "status": status,
        "detail": kind.detail,
    }


@given(way_on=st.text(max_size=30), detail=st.text(max_size=10))
def test_nothing_put_into_the_page_is_markup(way_on: str, detail: str) -> None:
    """Whatever the address or the fault: the same tags, and the text as it was."""
    errors = [FieldError(pointer="/a", location="body", detail=detail)]
    page = PAGES.page(REFUSED, status=400, way_on=way_on, errors=errors)
    plain = PAGES.page(REFUSED, status=400, way_on="/", errors=[FieldError(pointer="/a", location="body", detail="")])

    assert re.findall(rb"<[a-z0-9]+", page) == re.findall(rb"<[a-z0-9]+", plain)
    assert unescape(page.decode()).count(way_on.encode("utf-8", "replace").decode()) >= 2


def test_page_lists_what_was_not_accepted() -> None:
    """A person learns which field it was, too, but not of more than they would read."""
    errors = [FieldError(pointer=f"/items/{index}", location="body", detail="Too <small>") for index in range(50)]
    outline = outlined(PAGES.page(REFUSED, status=422, errors=errors))

    assert "items/0: Too <small>" in outline.text
    assert [tag for tag, _ in outline.seen].count("li") == 20


TEMPLATE = '<!doctype html><html lang="de"><title>$title</title><p>$detail $$5 $status</p><a href="$way_on">Weiter</a>'
_LATER = """
import os, resource, shutil, sys
from seeother.message import Request
from seeother.policy.problem.fallback import fallback
from seeother.policy.problem.page import FallbackPage

template = sys.argv[1]
pages = FallbackPage(template)
person = Request("GET", "/", fields=((b"accept", b"text/html"),))
machine = Request("POST", "/", fields=((b"accept", b"application/json"),))
os.chdir(os.path.dirname(template))
shutil.rmtree(os.path.dirname(template))
out = os.dup(1)
for name in [name for name in sys.modules if name == "string" or name.startswith("jinja2")]:
    sys.modules[name] = None  # the template engine is gone
sys.path[:] = []
resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
try:
    os.open("/dev/null", os.O_RDONLY)
except OSError as error:
    assert error.errno == 24, error
else:
    raise SystemExit("descriptors are left")
page = fallback(person, 503, pages=pages, retry_after=3.0, way_on="/cart", action=False)
problem = fallback(machine, 504, pages=pages, retry_after=None, way_on="/cart", action=True)
os.write(out, page.content + b"|" + problem.content)
"""


def test_page_is_served_when_descriptors_and_disk_are_gone(tmp_path: Path) -> None:
    """No file can be opened, the folder it ran in and the template are gone: it was rendered when it was made."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "page.html").write_text(TEMPLATE, encoding="utf-8")

    run = subprocess.run(
        [sys.executable, "-c", _LATER, str(folder / "page.html")], capture_output=True, check=False, text=True
    )

    assert run.stderr == ""
    page, _, problem = run.stdout.partition("|")
    assert '<a href="/cart">Weiter</a>' in page
    assert json.loads(problem)["status"] == 504
    assert not folder.exists()
