# SPDX-License-Identifier: Apache-2.0
"""Whether a request that may change something was sent by the site's own pages.

The rules are those of Go's CrossOriginProtection (net/http, 1.25), in this order:

    safe method                                   passes: it changes nothing (RFC 9110 section 9.2.1)
    Sec-Fetch-Site: same-origin, none             passes: one's own page, or a person at the address bar
    Sec-Fetch-Site: anything else                 refused, `same-site` too, unless Origin is a trusted one
    Origin: the public one, or the Host's         passes
    Origin: any other                             refused, unless it is a trusted one
    neither of the two fields                     passes: no browser of this decade

Rules of this file:
- Only fields that a page cannot set decide. A custom field such as X-Requested-With is not looked at: whether a
  script may send it says nothing about a form that does not.
- A browser says Sec-Fetch-Site to https and to localhost only, hence Origin is asked second on plain http.
- Behind a proxy that ends TLS the Host may be an internal name, hence the public origin counts as well.
- Browsers that send neither field (before 2020), and forms whose Origin is hidden (`null`, as from a page with
  `Referrer-Policy: no-referrer`) can be told apart only by a signed token in the form: see `by_token`.
- On `action` routes a refusal is an answer, elsewhere a finding; a callback and a return come from elsewhere by nature.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from seeother.journey import RouteKind
from seeother.message import Lines, Origin, Request, every, first, media_type, read_origin
from seeother.policy.problem import Problem

from ..route import RoutePolicy

CROSS_SITE = Problem(
    "cross-site",
    403,
    "Sent from somewhere else",
    "提交来源不明",
    "Nothing was done: this form was not sent from a page of this site. Please open the page here and send it again.",
    "操作未执行：该表单不是从本站页面提交的，请在本站打开页面后重新提交。",
)
_PLAIN = frozenset({b"", b"application/x-www-form-urlencoded", b"multipart/form-data", b"text/plain"})
_TOO_MANY = 2  # different values of a field that a browser says once; no more need be told apart
_EVIDENCE_LIMIT = 200  # characters of a value that somebody else wrote; an origin has at most about 260


class Ground(StrEnum):
    """What an origin verdict stands on."""

    SAFE_METHOD = "safe-method"
    FETCH_METADATA = "fetch-metadata"
    ORIGIN = "origin"
    TRUSTED = "trusted-origin"
    SILENCE = "no-evidence"
    TOKEN = "form-token"  # noqa: S105 - a word for the ground, no secret
    DISAGREEMENT = "repeated-field"


@dataclass(frozen=True, slots=True)
class OriginVerdict:
    """Whether a request is the site's own, on which ground, and what it said; `wants_token`: a token would settle it.

    Where tokens are in use and one is wanted, it alone decides (see `by_token`); elsewhere `allowed` stands.
    """

    allowed: bool
    reason: Ground
    evidence: Mapping[str, str] = field(default_factory=dict[str, str])
    wants_token: bool = False


_SAFE = OriginVerdict(allowed=True, reason=Ground.SAFE_METHOD)
_SAME = OriginVerdict(allowed=True, reason=Ground.FETCH_METADATA)
_SILENT = OriginVerdict(allowed=True, reason=Ground.SILENCE)


def check_origin(request: Request, *, site: Origin | None, trusted: frozenset[Origin] = frozenset()) -> OriginVerdict:
    """Whether the request comes from the site's own pages, by what the browser itself says about it.

    `site` is the origin of the configured public URL; `trusted` are other origins whose pages may act here.
    """
    if request.is_safe:
        return _SAFE
    fields = request.fields
    if isinstance(fields, Lines) and not fields.repeats and fields.get(b"sec-fetch-site") == b"same-origin":
        return _SAME  # nearly all
    said, origins = _said(request)
    if len(said) > 1 or len(origins) > 1:
        return OriginVerdict(allowed=False, reason=Ground.DISAGREEMENT, evidence=_evidence(request))
    if said in ([b"same-origin"], [b"none"]):
        return _SAME
    if not said and not origins:
        return replace(_SILENT, wants_token=_may_be_forged(request))
    return _of_another(request, b"".join(origins), site=site, trusted=trusted, is_told=bool(said))


def by_token(verdict: OriginVerdict, *, is_valid: bool) -> OriginVerdict:
    """The verdict after the form's token was looked at; what does not want one stays as it is."""
    if not verdict.wants_token:
        return verdict
    return replace(verdict, allowed=is_valid, reason=Ground.TOKEN, wants_token=False)


def is_exempt(route: RoutePolicy | None) -> bool:
    """Whether requests to a route come from elsewhere by nature: a provider's callback, a person's return."""
    return route is not None and (route.kind is RouteKind.CALLBACK or route.kind is RouteKind.RETURN)


def may_refuse(route: RoutePolicy | None) -> bool:
    """Whether a foreign request to a route may be refused; elsewhere it is only reported (DESIGN decision 4)."""
    return route is not None and route.kind is RouteKind.ACTION


def _of_another(
    request: Request, named: bytes, *, site: Origin | None, trusted: frozenset[Origin], is_told: bool
) -> OriginVerdict:
    """The verdict on what is not surely our own; `is_told` when Sec-Fetch-Site has said that it is not."""
    origin = read_origin(named)
    allowed, reason, wants_token = False, Ground.FETCH_METADATA, False
    if origin is not None and origin in trusted:
        allowed, reason = True, Ground.TRUSTED
    elif not is_told:
        allowed = origin is not None and (origin == site or _is_own_host(request, origin))
        reason, wants_token = Ground.ORIGIN, named == b"null"
    return OriginVerdict(allowed, reason, _evidence(request), wants_token)


def _said(request: Request) -> tuple[list[bytes], list[bytes]]:
    """What Sec-Fetch-Site and Origin say, each different thing once, at most two; an empty line says nothing."""
    said: list[bytes] = []
    origins: list[bytes] = []
    for name, value in request.fields:  # in one go: every action waits for it
        if name in {b"sec-fetch-site", b"origin"}:
            into = origins if name == b"origin" else said
            text = value.strip()
            if text and len(into) < _TOO_MANY and text not in into:
                into.append(text)
    return said, origins


def _is_own_host(request: Request, origin: Origin) -> bool:
    """Whether the origin is the host that the request was sent to.

    The scheme is compared only where the request surely came by TLS: behind a proxy it is http for everybody. So a
    page of the same host on plain http passes there, as it does in Go; HSTS is the cure.
    """
    if request.scheme == "https" and origin.scheme != "https":
        return False
    return read_origin(origin.scheme.encode() + b"://" + request.authority) == origin  # fills the default port in


def _may_be_forged(request: Request) -> bool:
    """Whether a foreign page could have made an old browser send this.

    It needs credentials that a browser adds by itself, and content that a form can have: any other needs a preflight
    (Fetch, "CORS-safelisted request-header"), and with that comes an Origin.
    """
    scheme = (first(request.fields, b"authorization") or b"").partition(b" ")[0].lower()
    has_credentials = first(request.fields, b"cookie") is not None or scheme in {b"basic", b"digest", b"negotiate"}
    return has_credentials and media_type(request.fields) in _PLAIN


def _evidence(request: Request) -> dict[str, str]:
    seen = {"host": request.authority}
    for name in (b"origin", b"sec-fetch-site"):
        if lines := every(request.fields, name):
            seen[name.decode()] = b", ".join(lines)
    return {name: value[:_EVIDENCE_LIMIT].decode("latin-1") for name, value in seen.items()}
