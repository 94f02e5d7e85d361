# SPDX-License-Identifier: Apache-2.0
"""A page that answered a POST is put under an address of its own, so that a reload does not post again (FRM004).

    POST /orders            -> 303 to /.seeother/parked/TOKEN.MARK/orders, with the answer's cookies
    GET that address        -> the page, as long as it is kept; as often as it is asked for
    GET it later, or by     -> 410: the same for both, so that a stranger learns nothing
    somebody else
    anything else below it  -> 307 to the address behind: links and forms of the page that are relative, or say no
                               address at all (as Django's tutorial writes them), go where they went before

"One-time" means one address for one answer, not one look at it: a person reloads a page that seems stuck, and must
then see the same page and not an error. It is kept for seconds only, for it is somebody's own page, at rest.

Rules of this file:
- Bound to the principal, which the request that posted and the one that looks must share: a leaked address is worth
  nothing. For whoever cannot be told apart nothing is parked.
- Never worse than before: where the ledger is away the page is the answer, as it was.
- Set-Cookie goes out with the 303: cookies of an answer are set once, and at once.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import quote

from seeother.errors import CallerError, StoreError
from seeother.message import Fields, Request, Response, cookie, every, first, media_type, read_set_cookie
from seeother.policy.problem import BUILT_IN_PAGE, FallbackPage, Problem, is_navigation, problem

from ..claim import Finished, Granted, LedgerKey
from ..flow import Claim, Flow, Release, Respond, Settle
from .hand_off import hand_off

PARKED_PATH = "/.seeother/parked/"
KEEP_SECONDS = 60.0  # a page that seems stuck is reloaded within seconds; each one costs the ledger its whole content
LEASE_SECONDS = 5.0  # between a claim and the next word nothing happens but the ledger's own work
LOCATION_LIMIT = 4000  # bytes: nginx gives 4 KiB to the whole head of an answer, and a cookie may stand beside it

PARKED_GONE = Problem(
    "parked-page-gone",
    410,
    "This page has had its time",
    "页面已失效",
    "The page at this address was kept for a minute, for the person it was made for. Opening it again does nothing.",
    "该页面仅为当时的访客保留一分钟，现已失效，再次打开不会执行任何操作。",
)
PARKED_AWAY = Problem(
    "parked-page-away",
    503,
    "Please try again in a moment",
    "请稍后重试",
    "This page cannot be shown just now. Opening it again does nothing but show it.",
    "暂时无法显示该页面，再次打开只会显示页面，不会重复操作。",
    retry_after=5,
)

_TOKEN = re.compile(r"[A-Za-z0-9_-]{22,86}\Z")  # base64url of 128 random bits at least
_PARKED = re.compile(re.escape(PARKED_PATH) + r"([A-Za-z0-9_-]{22,86})\.([0-9a-f]{16})(/.*)\Z", re.DOTALL)
_FINGERPRINT = sha256(b"seeother parked page").digest()  # one for all: the key alone tells pages apart
# What is about one connection, or about an answer that could be stored and validated; the page is neither.
_NOT_KEPT = frozenset(
    {
        b"set-cookie",
        b"cache-control",
        b"cdn-cache-control",
        b"surrogate-control",
        b"pragma",
        b"expires",
        b"age",
        b"etag",
        b"last-modified",
        b"accept-ranges",
        b"content-length",
        b"date",
        b"connection",
        b"keep-alive",
        b"transfer-encoding",
        b"trailer",
        b"upgrade",
    }
)
_BARE_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_FROM_THE_PATH = "/:@!$&'()*+,;=-._~"  # RFC 3986 section 3.3: what a path may hold as it is


@dataclass(frozen=True, slots=True)
class _Place:
    """What an address below PARKED_PATH says; `behind` is the address that the page answered, `is_page` if it is it."""

    token: str
    behind: str
    is_page: bool


def may_park(request: Request, answer: Response) -> bool:
    """Whether this is a page that a person got for a POST: 200, HTML, shown and not fetched or saved."""
    return (
        request.method == "POST"
        and answer.status == 200  # noqa: PLR2004 - another status says something that the replay would have to say too
        and media_type(answer.fields) in {b"text/html", b"application/xhtml+xml"}
        and is_navigation(request)
        and not (first(answer.fields, b"content-disposition") or b"").strip().lower().startswith(b"attachment")
    )


def parking_principal(
    request: Request, *, journey_id: str | None, session: str | None = None, answer: Fields = ()
) -> bytes:
    """Whose page it is: whoever is on the proven journey, else who has the cookie `session`; empty for nobody.

    With the fields of the `answer`, the cookie is the one that the person has afterwards: a login changes it.
    """
    if journey_id is not None:
        return b"journey " + journey_id.encode()
    if session is None:
        return b""
    value = cookie(request.fields, session.encode())
    for line in every(answer, b"set-cookie"):
        changed = read_set_cookie(line)
        if changed is not None and changed.name == session.encode():
            value = b"" if changed.max_age is not None and changed.max_age <= 0 else changed.value
    return b"session " + value if value else b""


def is_parked(request: Request) -> bool:
    """Whether the request is about a parked page, which is the guard's to answer."""
    return request.path.startswith(PARKED_PATH)


def park(request: Request, answer: Response, token: str, *, principal: bytes, prefix: str = "") -> Flow:
    """Put the page under an address of its own and answer 303; where that cannot be, the page is the answer.

    `token` is fresh and random; `prefix` is what a proxy takes off the path on its way to us.
    """
    if not _TOKEN.match(token):
        raise CallerError("a parked page's token is base64url of at least 16 random bytes")
    behind = _behind(request.path, request.query)
    location = f"{prefix}{PARKED_PATH}{token}.{_mark(behind)}{behind}"
    if not principal or not may_park(request, answer) or _is_odd(request.path) or len(location) > LOCATION_LIMIT:
        yield Respond(answer)
        return
    try:
        granted = yield Claim(_key(token, principal), _FINGERPRINT, LEASE_SECONDS)
        is_kept = isinstance(granted, Granted) and (yield Settle(granted, _kept(answer), KEEP_SECONDS)) is True
    except StoreError:
        is_kept = False
    yield Respond(_moved(location, answer) if is_kept else answer)


def parked_path(request: Request) -> str | None:
    """The path that the page at this address has answered; None where there can be none."""
    match = _PARKED.match(request.path)
    return None if match is None else match[3]


def unpark(request: Request, *, principal: bytes, prefix: str = "", pages: FallbackPage = BUILT_IN_PAGE) -> Flow:
    """Answer a request below PARKED_PATH: with the page, with the way to the address behind, or with 410."""
    place = _read(request)
    if place is None:
        yield Respond(problem(request, PARKED_GONE, pages=pages))
        return
    if not place.is_page or request.method not in {"GET", "HEAD"}:
        # Nothing has happened yet and it stays on this origin, so the method may be kept (RFC 9110 section 15.4.8).
        yield Respond(hand_off(prefix + place.behind, preserve_method=True, request=request))
        return
    try:
        # A claim is the one way to ask; who is granted a page that is not there gives it back at once.
        verdict = yield Claim(_key(place.token, principal), _FINGERPRINT, LEASE_SECONDS, rerun=True)
    except StoreError:
        yield Respond(problem(request, PARKED_AWAY, pages=pages))
        return
    if isinstance(verdict, Finished):
        page = verdict.answer
        content = b"" if request.method == "HEAD" else page.content
        yield Respond(Response(page.status, page.fields, content), replayed=True)
        return
    if isinstance(verdict, Granted):
        with suppress(StoreError):  # nobody can want this key: its token was not ours or has had its time
            yield Release(verdict)
    yield Respond(problem(request, PARKED_GONE, pages=pages))


def _behind(path: str, query: bytes) -> str:
    """The path and the query of a target, as one sends them."""
    sent = quote(path.encode(errors="surrogatepass"), safe=_FROM_THE_PATH)
    asked = quote(_BARE_PERCENT.sub(b"%25", query), safe=_FROM_THE_PATH + "?%")
    return f"{sent}?{asked}" if query else sent


def _is_odd(path: str) -> bool:
    """Whether a browser would read the path as something else when it stands behind ours, or alone."""
    return not path.startswith("/") or path.startswith("//") or any(part in {".", ".."} for part in path.split("/"))


def _mark(behind: str) -> str:
    """Tells the page itself from what its relative links name; no secret."""
    return sha256(behind.encode()).hexdigest()[:16]


def _read(request: Request) -> _Place | None:
    match = _PARKED.match(request.path)
    if match is None or _is_odd(match[3]):
        return None
    behind = _behind(match[3], request.query)
    return None if len(behind) > LOCATION_LIMIT else _Place(match[1], behind, is_page=match[2] == _mark(behind))


def _key(token: str, principal: bytes) -> LedgerKey:
    return LedgerKey(f"parked {sha256(principal).hexdigest()[:32]}", token)


def _kept(answer: Response) -> Response:
    """The page as it is shown at its own address: nobody else may store it, and its cookies are set already."""
    fields = [line for line in answer.fields if line[0] not in _NOT_KEPT]
    length = b"%d" % len(answer.content)
    return Response(
        answer.status, (*fields, (b"content-length", length), (b"cache-control", b"no-store")), answer.content
    )


def _moved(location: str, answer: Response) -> Response:
    moved = hand_off(location)
    cookies = [line for line in answer.fields if line[0] == b"set-cookie"]
    return Response(moved.status, (*moved.fields, *cookies), moved.content)
