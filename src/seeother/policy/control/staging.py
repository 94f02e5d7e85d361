# SPDX-License-Identifier: Apache-2.0
"""What an application stages for its answer before the head leaves, from wherever in its code it is.

Rules of this file: what is staged goes out with the head or the caller hears of it. Staging after the head has left is
an exception that says what left; what is staged and never sent is handed to whoever asks at the end (`unsent`).
"""

import re
from collections.abc import Iterable

from seeother.errors import CallerError
from seeother.message import Field, Fields, ResponseHead

from .cookie import SameSite, to_set_cookie
from .link import Link

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110 section 5.6.2
_VALUE = re.compile(r"[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?|")  # section 5.5
# Lists whose lines add up; a second line of any other field would contradict the first (section 5.3).
_ADDING = frozenset({b"link", b"server-timing", b"set-cookie", b"vary", b"www-authenticate"})
# They say how long the content is and how it travels, which only whoever sends it knows.
_FRAMING = frozenset({b"connection", b"content-length", b"keep-alive", b"te", b"trailer", b"transfer-encoding",
                      b"upgrade"})  # fmt: skip
_NAMES_SHOWN = 12


class AlreadyStarted(CallerError):  # noqa: N818 - it says what happened
    """Something was staged after the head had left; the client will not see it."""

    def __init__(self, what: str, head: ResponseHead) -> None:
        """Name what comes too late, and the head that is on its way."""
        names = [name.decode("latin-1") for name, _ in head.fields]
        shown = ", ".join(names[:_NAMES_SHOWN]) + (", …" if len(names) > _NAMES_SHOWN else "")
        lines = "1 field line" if len(names) == 1 else f"{len(names)} field lines"
        super().__init__(
            f"{what} is lost: the answer has begun with status {head.status} and {lines} ({shown or 'none'}), "
            "and a head is sent once. Stage it before the first content is sent and before flush()."
        )
        self.status = head.status
        self.names = tuple(names)


class Staging:
    """The field lines that an application has put by for its answer."""

    __slots__ = ("_head", "_lines", "_merged", "_secure")

    def __init__(self, *, secure: bool = False) -> None:
        """Begin with nothing; on a `secure` site cookies are so unless they say otherwise."""
        self._secure = secure
        self._lines: dict[tuple[bytes, ...], Field] = {}  # under what makes two lines the same
        self._merged: Fields = ()
        self._head: ResponseHead | None = None

    @property
    def started(self) -> bool:
        """Whether the head has left."""
        return self._head is not None

    @property
    def sent(self) -> ResponseHead | None:
        """The head that has left, if it has."""
        return self._head

    def stage(self, name: str, value: str) -> None:
        """Put a field by; it takes the place of one of that name, but adds up where the field is a list of lines.

        Raises AlreadyStarted after the head has left, and CallerError when it is no field or not the application's.
        """
        if not _TOKEN.fullmatch(name):
            message = f"{name!r} is no name of a field; it must be a token of letters, digits and -"
            raise CallerError(message)
        key = name.lower().encode()
        if key in _FRAMING:
            message = f"`{name}` says how the content travels; it belongs to whoever sends the content"
            raise CallerError(message)
        if not _VALUE.fullmatch(value):
            message = (
                f"{value!r} cannot be the value of `{name}`: no line breaks or other control characters, no space "
                "around it, nothing beyond latin-1; encode it"
            )
            raise CallerError(message)
        line = value.encode("latin-1")
        self._put(f"the field `{name.lower()}`", (key, line) if key in _ADDING else (key,), (key, line))

    def stage_cookie(
        self,
        name: str,
        value: str,
        *,
        path: str = "/",
        domain: str | None = None,
        max_age: int | None = None,
        same_site: SameSite = SameSite.LAX,
        secure: bool | None = None,
        http_only: bool = True,
    ) -> None:
        """Put a cookie by; it takes the place of one staged before with its name, path and domain.

        Raises AlreadyStarted after the head has left, and CallerError for a cookie that a browser would drop.
        """
        line = to_set_cookie(
            name,
            value,
            path=path,
            domain=domain,
            max_age=max_age,
            same_site=same_site,
            secure=self._secure if secure is None else secure,
            http_only=http_only,
        )
        identity = (b"set-cookie", name.encode(), path.encode(), (domain or "").lower().encode())
        self._put(f"the cookie `{name}`", identity, (b"set-cookie", line))

    def stage_links(self, links: Iterable[Link]) -> tuple[bytes, ...]:
        """Put links by for the head, and return their values for early hints, which only announce it (RFC 8297).

        Raises AlreadyStarted after the head has left.
        """
        values = tuple([link.to_field() for link in links])
        self._put_links(values)
        return values

    def stage_link_values(self, values: Iterable[bytes]) -> None:
        """Put links by that stand as somebody else wrote them; what is no field value is left out.

        Raises AlreadyStarted after the head has left.
        """
        stripped = [value.strip() for value in values]
        self._put_links([value for value in stripped if value and _VALUE.fullmatch(value.decode("latin-1"))])

    def staged_cookie(self, name: str) -> bytes | None:
        """The value of a cookie for the whole of this host that is put by; None without one."""
        line = self._lines.get((b"set-cookie", name.encode(), b"/", b""))
        return None if line is None else line[1].partition(b";")[0].partition(b"=")[2]

    def merged(self, fields: Fields) -> Fields:
        """A head's field lines with what is staged; what stands there already in the same words is not repeated."""
        staged = tuple(self._lines.values())
        self._merged = staged
        if not staged:
            return fields
        singles = {name for name, _ in staged if name not in _ADDING}
        kept = tuple([field for field in fields if field[0] not in singles])
        present = frozenset(kept)
        return kept + tuple([field for field in staged if field not in present])

    def head_left(self, head: ResponseHead) -> None:
        """Note that this head is on its way: from now on nothing can be staged."""
        self._head = head

    def unsent(self) -> Fields:
        """What is staged and has not left; the values may be secrets (cookies), the names are not."""
        gone = self._merged if self._head is not None else ()
        return tuple([field for field in self._lines.values() if field not in gone])

    def _put_links(self, values: Iterable[bytes]) -> None:
        for value in values:
            self._put(f"the link `{value.decode('latin-1')}`", (b"link", value), (b"link", value))

    def _put(self, what: str, identity: tuple[bytes, ...], field: Field) -> None:
        if self._head is not None:
            raise AlreadyStarted(what, self._head)
        self._lines.pop(identity, None)  # the later one stands where it was said, not where the earlier one was
        self._lines[identity] = field
