# SPDX-License-Identifier: Apache-2.0
"""One exchange as the contract sees it: what is asked, what the application does, and what the client gets."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from seeother.message import Fields

PERSON: Fields = (
    (b"host", b"shop.example"),
    (b"accept", b"text/html,application/xhtml+xml,*/*;q=0.8"),
    (b"sec-fetch-mode", b"navigate"),
    (b"sec-fetch-dest", b"document"),
    (b"sec-fetch-site", b"same-origin"),
)
MACHINE: Fields = ((b"host", b"shop.example"), (b"accept", b"application/json"))
PAGE: Fields = ((b"content-type", b"text/html; charset=utf-8"),)
JSON: Fields = ((b"content-type", b"application/json"),)
FORM: Fields = ((b"content-type", b"application/x-www-form-urlencoded"),)


class BrokenError(Exception):
    """The application has failed, as the case wants it."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a client sends; it brings back the cookies that it was given. Without a path it follows the redirect."""

    method: str = "GET"
    path: str = ""
    fields: Fields = ()
    content: bytes = b""
    by: Fields = PERSON
    client: str = "203.0.113.9"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the application does: `aborts` is the framework's own way to refuse, `breaks` that it raises in the end.

    `cookie` is staged by the control of the answer; `second` is another head, after the pieces of content, or before
    them where there are none. With several pieces the answer streams.
    """

    status: int = 200
    fields: Fields = PAGE
    pieces: tuple[bytes, ...] = (b"<!doctype html><title>page</title>",)
    aborts: int = 0
    breaks: bool = False
    cookie: bytes = b""
    second: "Reply | None" = None

    @property
    def streams(self) -> bool:
        """Whether the content comes in pieces, without a length."""
        return len(self.pieces) > 1 or (self.breaks and bool(self.pieces))


@dataclass(frozen=True, slots=True)
class Seen:
    """What the application was shown of a request."""

    scheme: str
    host: str
    client: str
    forwarded: str | None
    content: bytes


@dataclass(slots=True)
class Script:
    """What the application does in one case, and what it was shown so far."""

    reply: Reply
    seen: list[Seen] = field(default_factory=list[Seen])

    def act(self, seen: Seen) -> Reply:
        """Run once."""
        self.seen.append(seen)
        return self.reply


@dataclass(slots=True)
class Got:
    """What the client gets; `failure` is what the server gets to log."""

    status: int = 0
    fields: Fields = ()
    pieces: list[bytes] = field(default_factory=list[bytes])
    failure: BaseException | None = None
    ended: bool = False

    @property
    def content(self) -> bytes:
        """All of the content."""
        return b"".join(self.pieces)

    def every(self, name: str) -> list[str]:
        """The values of the field lines with this name."""
        return [value.decode("latin-1") for key, value in self.fields if key == name.encode()]


@dataclass(frozen=True, slots=True)
class Expect:
    """What must be true of an answer.

    `found` names the rules that speak, with `+` after those whose fault was repaired; `has` are fields with exactly
    this value, `lacks` names fields that must not be there, `says` stands in the content, `content` is all of it.
    """

    status: int = 200
    found: Iterable[str] = ()
    has: Iterable[tuple[str, str]] = ()
    lacks: Iterable[str] = ()
    says: bytes = b""
    content: bytes | None = None
    ended: bool = True
    fails: bool = False  # whether the server hears of a failure


@dataclass(frozen=True, slots=True)
class Case:
    """One promise of the guard: exchanges with one application, one after the other, and what comes of each.

    `site` are lines of `[site]`, `more` are sections; `runs` says how often the application runs; `only` names the
    kinds of adapters whose applications can behave so at all.
    """

    name: str
    reply: Reply
    exchanges: tuple[tuple[Ask, Expect], ...]
    site: str = ""
    more: str = ""
    runs: int | None = None
    shown: tuple[tuple[str, object], ...] = ()
    only: frozenset[str] = frozenset()
    inside: bool = False  # whether it needs a guard inside the application
    differs: tuple[tuple[str, Expect], ...] = ()  # by adapter, of the last exchange

    @property
    def settings(self) -> str:
        """The settings as seeother.toml has them."""
        return (
            f'[site]\nsecrets = ["correct horse battery staple"]\n{self.site}\n\n'
            f'[ledger]\nurl = "memory://"\n\n{self.more}\n'
        )

    def expected(self, adapter: str) -> list[Expect]:
        """What comes of each exchange with this adapter."""
        expects = [expect for _, expect in self.exchanges]
        return [*expects[:-1], dict(self.differs).get(adapter, expects[-1])]
