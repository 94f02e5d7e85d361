# SPDX-License-Identifier: Apache-2.0
"""What a person sees of an answer: status, title, links and forms."""

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self
from urllib.parse import urlsplit

from .form import Form
from .sheet import Sheet, read_refresh

__all__ = ["UNREACHED", "Page"]

UNREACHED = 0  # the status of the browser's own page "this site can't be reached"
DIALOGUE = 422  # a form shown again with its errors


@dataclass(frozen=True, slots=True)
class Page:
    """One page in a tab: where it came from, what it says and what can be done on it."""

    url: str
    status: int
    title: str = ""
    links: tuple[str, ...] = ()
    forms: tuple[Form, ...] = ()
    refresh: tuple[float, str] | None = None

    @classmethod
    def from_answer(cls, url: str, status: int, *, markup: str, refresh: str | None = None) -> Self:
        """Read the page that an answer's content draws; `refresh` is the answer's Refresh field, if it had one."""
        sheet = Sheet(url)
        sheet.feed(markup)
        sheet.close()
        again = sheet.refresh if refresh is None else read_refresh(refresh, url)
        return cls(url, status, sheet.title, tuple(sheet.links), sheet.forms, again)

    @property
    def path(self) -> str:
        """The path of the page's target."""
        return urlsplit(self.url).path

    @property
    def is_error(self) -> bool:
        """Whether a person would call this an error page: no answer, 4xx or 5xx, but not a form shown again."""
        return self.status == UNREACHED or (self.status >= HTTPStatus.BAD_REQUEST and self.status != DIALOGUE)

    def form(self, path: str) -> Form | None:
        """The first form whose target's path matches the whole pattern."""
        return next((form for form in self.forms if re.fullmatch(path, urlsplit(form.target).path)), None)

    def linked(self, path: str) -> tuple[str, ...]:
        """The links whose path matches the whole pattern, each once, in the order of the page."""
        return tuple(dict.fromkeys(link for link in self.links if re.fullmatch(path, urlsplit(link).path)))
