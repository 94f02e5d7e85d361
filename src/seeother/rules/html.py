# SPDX-License-Identifier: Apache-2.0
"""The few things that rules want to know of a page: its links and forms, where it refreshes to, what it loads.

Read with the standard library's tolerant reader, as UTF-8; whatever a page holds, something comes out.
"""

import re
from contextlib import suppress
from functools import lru_cache
from html.parser import HTMLParser
from typing import NamedTuple

READ_BYTES = 1 << 20  # of a page; what comes behind is not looked at
_REFRESH = re.compile(
    r"\s*\d*[.\d]*\s*(?:[;,]\s*)?(?:url\s*=\s*)?['\"]?\s*([^'\"]*)", re.IGNORECASE
)  # HTML, shared declarative refresh
_LOADS = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "embed": "src",
}
_LINK_LOADS = frozenset({"stylesheet", "preload", "modulepreload", "icon"})
_SILENT = frozenset({"script", "style", "template", "title"})  # their text is not what a person reads


class Form(NamedTuple):
    """One form: its method in capitals, its action as written, and the names of its fields."""

    method: str
    action: str
    fields: frozenset[str]


class Page(NamedTuple):
    """What a page offers: `refresh` is the target of a meta refresh, empty for the page itself and None without one.

    `loads` are the addresses of scripts, styles and pictures; `script` is the text of the inline scripts; `has_text`
    tells whether there is anything to read.
    """

    links: tuple[str, ...]
    forms: tuple[Form, ...]
    refresh: str | None
    loads: tuple[str, ...]
    script: str
    has_text: bool


@lru_cache(maxsize=16)
def read_page(content: bytes) -> Page:
    """Read a page; several rules ask about the same one."""
    reader = _Reader()
    with suppress(AssertionError):  # what html.parser says to a broken `<![`; what stands before it was read
        reader.feed(content[:READ_BYTES].decode("utf-8", "replace"))
    return reader.page()


def refresh_target(value: str) -> str:
    """Where a Refresh field, or the content of a meta refresh, leads; empty for the page itself."""
    match = _REFRESH.match(value)
    return match[1].strip() if match else ""


class _Reader(HTMLParser):
    """Collects while the page is read; a form that is not closed ends with the page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._links: list[str] = []
        self._forms: list[tuple[str, str, set[str]]] = []
        self._in_form = False
        self._refresh: str | None = None
        self._loads: list[str] = []
        self._script: list[str] = []
        self._has_text = False
        self._silent: str | None = None

    def page(self) -> Page:
        """What was collected."""
        forms = tuple([Form(method, action, frozenset(names)) for method, action, names in self._forms])
        return Page(
            tuple(self._links), forms, self._refresh, tuple(self._loads), "\n".join(self._script), self._has_text
        )

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called for each start tag."""
        given = {name: value or "" for name, value in attrs}
        if tag in _SILENT:
            self._silent = tag
        if tag == "a" and "href" in given:
            self._links.append(given["href"])
        elif tag == "form":
            self._forms.append(((given.get("method") or "get").upper(), given.get("action", ""), set()))
            self._in_form = True
        elif tag in {"input", "select", "textarea", "button"}:
            if self._in_form and given.get("name"):
                self._forms[-1][2].add(given["name"])
        elif tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            self._refresh = refresh_target(given.get("content", ""))
        elif tag == "link" and _LINK_LOADS & set(given.get("rel", "").lower().split()):
            self._loads.append(given.get("href", ""))
        if tag in _LOADS and given.get(_LOADS[tag]):
            self._loads.append(given[_LOADS[tag]])

    def handle_endtag(self, tag: str) -> None:
        """Called for each end tag."""
        if tag == self._silent:
            self._silent = None
        if tag == "form":
            self._in_form = False

    def handle_data(self, data: str) -> None:
        """Called for each piece of text."""
        if self._silent == "script":
            self._script.append(data)
        elif self._silent is None and data.strip():
            self._has_text = True
