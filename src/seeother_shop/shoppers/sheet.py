# SPDX-License-Identifier: Apache-2.0
"""Reads a page's HTML with the standard library's parser: title, links, forms and refresh.

Forgiving as a browser is: what is not closed ends with the page, a form inside a form does not exist.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

from .form import TICKED, Control, Form

__all__ = ["Sheet", "read_refresh"]

# HTML 4.2.5.3: "5", "5;url=/x", "5; url='/x'"; a page may also say it with a Refresh field.
REFRESH = re.compile(r"""\s*(\d{1,6})(?:\.\d*)?\s*(?:[;,]?\s*(?:url\s*=\s*)?["']?([^"']*?)["']?\s*)?""", re.IGNORECASE)
SILENT = frozenset({"button", "reset", "file"})  # kinds of control that send nothing in this shop


def read_refresh(text: str, url: str) -> tuple[float, str] | None:
    """Seconds and absolute target of a Refresh; None when a browser would ignore it."""
    match = REFRESH.fullmatch(text)
    return None if match is None else (float(match[1]), absolute(url, match[2] or ""))


def absolute(url: str, target: str) -> str:
    """The target as seen from a page; the page's own address when no URL parser can read it."""
    try:
        return urljoin(url, target.strip())
    except ValueError:
        return url


@dataclass(slots=True)
class Option:
    """One choice of a list while it is read; without a value its text is sent."""

    said: dict[str, str]
    text: list[str] = field(default_factory=list)

    @property
    def value(self) -> str:
        """What choosing it sends."""
        return self.said.get("value", " ".join("".join(self.text).split()))


class Sheet(HTMLParser):
    """Collects title, links, forms and refresh of one page."""

    def __init__(self, url: str) -> None:
        """Read a page that came from `url`, against which its targets are resolved."""
        super().__init__(convert_charrefs=True)
        self.url = url
        self.links: list[str] = []
        self.refresh: tuple[float, str] | None = None
        self._title: list[str] = []
        self._forms: list[tuple[Form, str, list[Control]]] = []
        self._tied: list[tuple[str, Control]] = []  # controls that name their form by its id
        self._in_form: list[Control] | None = None
        self._list: tuple[dict[str, str], list[Option]] | None = None
        self._area: dict[str, str] = {}
        self._text: list[str] | None = None

    @property
    def title(self) -> str:
        """The page's title, white space folded."""
        return " ".join("".join(self._title).split())

    @property
    def forms(self) -> tuple[Form, ...]:
        """The page's forms, each with its own controls and those tied to it from outside."""
        forms: list[Form] = []
        for form, name, controls in self._forms:
            tied = [control for owner, control in self._tied if name and owner == name]
            forms.append(Form(form.target, form.method, (*controls, *tied)))
        return tuple(forms)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of what can be followed, filled in or pressed."""
        said = {name: value or "" for name, value in reversed(attrs)}  # the first of two equal attributes counts
        match tag:
            case "a" if "href" in said:
                self.links.append(absolute(self.url, said["href"]))
            case "form" if self._in_form is None:
                self._in_form = []
                form = Form(absolute(self.url, said.get("action", "")), said.get("method", "get").lower())
                self._forms.append((form, said.get("id", ""), self._in_form))
            case "meta" if said.get("http-equiv", "").lower() == "refresh":
                self.refresh = read_refresh(said.get("content", ""), self.url)
            case "title":
                self._text = [] if self._title else self._title
            case "textarea":
                self._text, self._area = [], said
            case "select":
                self._list = (said, [])
            case "option" if self._list is not None:
                option = Option(said)
                self._list[1].append(option)
                self._text = option.text
            case "input" | "button":
                self._add(said, said.get("type") or ("text" if tag == "input" else "submit"), said.get("value", ""))
            case _:
                pass

    def handle_endtag(self, tag: str) -> None:
        """End what a page opened: the form, the title, a list of choices."""
        match tag:
            case "form":
                self._in_form = None
            case "textarea" if self._text is not None:
                self._add(self._area, "textarea", "".join(self._text).removeprefix("\n"))
            case "select" if self._list is not None:
                self._end_list(*self._list)
            case _:
                pass
        if tag in {"title", "textarea", "option", "select"}:
            self._text = None

    def handle_data(self, data: str) -> None:
        """Keep the text of the title, of a textarea or of a choice."""
        if self._text is not None:
            self._text.append(data)

    def _end_list(self, said: dict[str, str], options: list[Option]) -> None:
        self._list = None
        if options:
            chosen = next((option for option in options if "selected" in option.said), options[0])
            self._add(said, "select", chosen.value, tuple(option.value for option in options))

    def _add(self, said: dict[str, str], kind: str, value: str, options: tuple[str, ...] = ()) -> None:
        kind = kind.lower()
        if "disabled" in said or kind in SILENT:
            return
        is_on = kind not in TICKED or "checked" in said
        value = said.get("value", "on") if kind in TICKED else value
        control = Control(said.get("name", ""), value, kind, said.get("autocomplete", ""), is_on, options)
        if "form" in said:
            self._tied.append((said["form"], control))
        elif self._in_form is not None:
            self._in_form.append(control)
