# SPDX-License-Identifier: Apache-2.0
"""Moving a person on: answers that redirect, and refuse to be made wrongly before a byte is sent.

`redirect` says any of the five redirects; `hand_off` takes a person to a journey's next step, which is 303 unless
declared otherwise. What the caller got wrong is a CallerError: nothing has been sent, so it can still be mended.

Rules of this file:
- A target is a path of this site, or an absolute URL of a host on the list, or one of the request's own origin, which
  is sent as a path: then a forged Host does no harm. What a browser may read as another host (`//host`, with slashes
  of either kind) or as no address (`javascript:`) is refused, never mended.
- `redirect` says nothing of caching. 302, 303 and 307 are stored only where somebody says so (RFC 9111 section 3),
  and 301 and 308 are chosen in order to be stored (RFC 9110 section 15.1). A step is somebody's own, and a cache on
  the way may have a lifetime of its own for everything: so `hand_off` says `no-store`.
- 307 repeats the method and the content at the target: a card number goes there too, and a reload sends it again
  (RFC 9700 section 4.12). It is for moving a request before anything has happened, and never to another origin.
"""

import re
from html import escape
from urllib.parse import quote

from seeother.errors import CallerError
from seeother.message import (
    REDIRECTS,
    Origin,
    ReferenceKind,
    Request,
    Response,
    Status,
    is_same_origin,
    kind_of,
    read_origin,
    to_relative,
)

TARGET_LIMIT = 8000  # bytes: RFC 9110 section 4.1 asks everybody for that much; nginx gives 4 or 8 KiB to a whole head
_RFC_3986 = ":/?#[]@!$&'()*+,;=-._~%"  # reserved, unreserved, and what is encoded already
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_AUTHORITY = re.compile(r"https?://([^/?#]+)", re.IGNORECASE)
_SHOWN = 100  # characters of a bad target in a message
_NOTE = '<!doctype html>\n<title>{title}</title>\n<p><a href="{target}">Continue</a></p>\n'


def redirect(
    to: str, status: int = Status.SEE_OTHER, *, allowed: frozenset[str] = frozenset(), request: Request | None = None
) -> Response:
    """The answer that redirects to `to`, with a note for whoever does not follow (RFC 9110 section 15.4.4).

    `to` may be absolute for the hosts in `allowed` (`pay.example`, `pay.example:8443`) and for the origin of `request`.
    Raises CallerError when status or target cannot be used.
    """
    if status not in REDIRECTS:
        codes = ", ".join(str(int(code)) for code in sorted(REDIRECTS))
        raise CallerError(f"{status!r} is no redirect: use one of {codes}; 303 after an action")
    target = _checked(to, allowed, request)
    note = _NOTE.format(title=escape(f"{int(status)} {Status(status).phrase}"), target=escape(target)).encode("ascii")
    fields = (
        (b"location", target.encode("ascii")),
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", b"%d" % len(note)),
    )
    return Response(int(status), fields, b"" if request is not None and request.method == "HEAD" else note)


def hand_off(
    to: str,
    *,
    preserve_method: bool = False,
    allowed: frozenset[str] = frozenset(),
    request: Request | None = None,
) -> Response:
    """The answer that takes a person to the next step: 303, so that a reload repeats nothing.

    With `preserve_method` it is 307: only before anything has happened, and only within the origin of `request`.
    Raises CallerError when the target cannot be used.
    """
    if preserve_method and not _stays(to, request):
        raise CallerError(
            f"{_shown(to)} is not of the request's own origin, and 307 would send the form's content there: use 303"
        )
    status = Status.TEMPORARY_REDIRECT if preserve_method else Status.SEE_OTHER
    answer = redirect(to, status, allowed=allowed, request=request)
    return Response(answer.status, (*answer.fields, (b"cache-control", b"no-store")), answer.content)


def _checked(to: str, allowed: frozenset[str], request: Request | None) -> str:
    """The target as it may stand in a field line, in ASCII."""
    if _UNSEEN.search(to):
        raise CallerError(f"{_shown(to)} has control characters: a target has none")
    to = to.strip(" ")
    if not to:
        raise CallerError("the target is empty: name a path, for instance /orders/7")
    kind = kind_of(_bytes(to))
    if kind in {ReferenceKind.NETWORK, ReferenceKind.OTHER, ReferenceKind.BROKEN}:
        raise CallerError(f"{_shown(to)} leaves the site or is no address: name a path, or an http or https URL")
    target = quote(_bytes(_BARE_PERCENT.sub("%25", to)), safe=_RFC_3986)
    if len(target) > TARGET_LIMIT:
        raise CallerError(f"the target has {len(target)} bytes, and recipients need not take more than {TARGET_LIMIT}")
    if kind is not ReferenceKind.ABSOLUTE:
        return target
    origin = _origin(to)
    if request is not None and is_same_origin(request, target.encode("ascii")):
        return to_relative(request, target.encode("ascii")).decode("ascii")
    standard = {"http": 80, "https": 443}.get(origin.scheme) == origin.port
    names = {f"{origin.host}:{origin.port}"} | ({origin.host} if standard else set())
    if not names & {name.lower() for name in allowed}:
        raise CallerError(f"{_shown(to)} names the host {origin.host}, which is not on the list of allowed hosts")
    return target


def _origin(to: str) -> Origin:
    """The origin of an absolute target, if it says plainly what it is."""
    match = _AUTHORITY.match(to)
    if match is None or not match[1].isascii() or "@" in match[1] or "\\" in match[1]:
        raise CallerError(f"{_shown(to)} needs a plain ASCII host after http:// or https:// (xn--… for other letters)")
    origin = read_origin(match[0].encode("ascii"))
    if origin is None:
        raise CallerError(f"{_shown(to)} names no host")
    return origin


def _stays(to: str, request: Request | None) -> bool:
    """Whether a target is within the origin that the request was sent to; what is no address is refused later."""
    kind = kind_of(_bytes(to))
    if kind is ReferenceKind.ABSOLUTE:
        return request is not None and is_same_origin(request, _bytes(to))
    return kind is not ReferenceKind.NETWORK


def _bytes(to: str) -> bytes:
    try:
        return to.encode("utf-8", "surrogateescape")  # undecodable bytes of a path come as surrogates (PEP 383)
    except UnicodeEncodeError:
        raise CallerError(f"{_shown(to)} is no text that UTF-8 can write") from None


def _shown(to: str) -> str:
    return ascii(to if len(to) <= _SHOWN else to[: _SHOWN - 1] + "…")
