# SPDX-License-Identifier: Apache-2.0
"""Repairs that give an answer other content, and fields that fit it."""

from collections.abc import Iterable
from html import escape
from urllib.parse import quote

from seeother.journey import RouteKind
from seeother.message import (
    REDIRECTS,
    Exchange,
    Field,
    Fields,
    Request,
    Response,
    ResponseHead,
    Status,
    every,
    first,
    is_same_origin,
    replaced,
    to_relative,
)
from seeother.policy.problem import (
    UNSAFE_REDIRECT,
    as_page,
    as_problem,
    mended_problem,
    outliving,
    stated,
    wants_page,
    whole,
)

from .answer_in_hand import Answer, Terms
from .refusals import is_harmless, is_refused_target

_NOTE = '<!doctype html>\n<title>{title}</title>\n<p><a href="{target}">Continue</a></p>\n'
_PAGE = b"text/html; charset=utf-8"
_ASCII = "".join(map(chr, range(0x21, 0x7F)))
_PERSON = (b"sec-fetch-dest", b"document")  # some say it by Sec-Fetch-Mode or Accept only
_UNAUTHORIZED = 401
_CHALLENGE = b"Cookie"  # 401 must name a scheme (RFC 9110 section 11.6.1); browsers show no dialog for this one
_SIGN_IN = "Please sign in, and then ask for this again."


def with_link(answer: Answer, exchange: Exchange, _terms: Terms) -> Answer | None:
    """RED009: a note with a link in a redirect that has no content, for a client that takes HTML.

    Only a link: browsers never show a redirect that they follow, so that a Refresh would help nobody.
    """
    request, location = exchange.request, first(answer.fields, b"location")
    if answer.status not in REDIRECTS:  # it was refused, and has content
        return answer
    if answer.content != b"" or request.method == "HEAD":
        return None
    if location is None or is_refused_target(request, location) or not wants_page(request):
        return None
    title = f"{answer.status} {Status(answer.status).phrase}"
    target = quote(location, safe=_ASCII)  # of other bytes it is not known which characters they are
    note = _NOTE.format(title=title, target=escape(target)).encode()
    return _rewritten(answer.status, answer.fields, request, fields=[(b"content-type", _PAGE)], content=note)


def stated_error(answer: Answer, exchange: Exchange, terms: Terms) -> Answer | None:
    """ERR002: a framework's default error or an empty one as problem details, or whatever else the client asked for."""
    return _stated(answer, exchange.request, terms)


def shown_error(answer: Answer, exchange: Exchange, terms: Terms) -> Answer | None:
    """FBK002: a framework's default error or an empty one as the page, for a person is looking."""
    request = exchange.request
    return _stated(answer, request._replace(fields=(_PERSON, *request.fields)), terms)


def consistent_problem(answer: Answer, exchange: Exchange, _terms: Terms) -> Answer | None:
    """ERR003: problem details whose status is that of the status line."""
    if answer.content is None:
        return None
    content = mended_problem(ResponseHead(answer.status, answer.fields), answer.content)
    if content is None:
        return None
    kind = (b"content-type", first(answer.fields, b"content-type") or b"")
    return _rewritten(answer.status, answer.fields, exchange.request, fields=[kind], content=content)


def refused(answer: Answer, exchange: Exchange, terms: Terms) -> Answer | None:
    """SEC001, SEC002: an error in place of a redirect to where nobody is sent; what was done counts.

    It is 409 rather than 5xx: an action has run, and a ledger must remember that instead of running it again.
    """
    kind, request, locations = UNSAFE_REDIRECT, exchange.request, every(answer.fields, b"location")
    if answer.status not in REDIRECTS or all(is_harmless(request, location) for location in locations):
        return None if answer == Answer(*exchange.response, exchange.content) else answer  # already mended
    if len(locations) == 1 and is_same_origin(request, locations[0]):
        path = to_relative(request, locations[0])
        return answer._replace(fields=replaced(answer.fields, b"location", path))
    if answer.content is None:  # it streams: the head alone is in hand
        return answer._replace(status=kind.status, fields=_without_target(answer.fields))
    if wants_page(request):
        fields, content = as_page(terms.pages.page(kind, status=kind.status, way_on=terms.way_on))
    else:
        fields, content = as_problem(kind.status, uri=kind.uri, title=kind.title, detail=kind.detail)
    fields.append((b"cache-control", b"no-store"))
    return _rewritten(kind.status, _without_target(answer.fields), request, fields=fields, content=content)


def unauthorized(answer: Answer, exchange: Exchange, _terms: Terms) -> Answer | None:
    """JNY008: 401 in place of a redirect to a login page, for a script that would take that page for its data.

    The member `login` names the page, for a script that wants to lead there.
    """
    location = first(answer.fields, b"location")
    if answer.status not in REDIRECTS or answer.content is None or location is None:
        return None
    fields, content = as_problem(
        _UNAUTHORIZED,
        uri="about:blank",
        title=Status(_UNAUTHORIZED).phrase,
        detail=_SIGN_IN,
        members={"login": location.decode("latin-1")},
    )
    fields += [(b"www-authenticate", _CHALLENGE), (b"cache-control", b"no-store")]
    return _rewritten(_UNAUTHORIZED, _without_target(answer.fields), exchange.request, fields=fields, content=content)


def _stated(answer: Answer, request: Request, terms: Terms) -> Answer | None:
    if answer.content is None:
        return None
    made = stated(
        request,
        ResponseHead(answer.status, answer.fields),
        answer.content,
        pages=terms.pages,
        problems=terms.problems,
        way_on=terms.way_on,
        action=terms.declaration.kind is RouteKind.ACTION,
    )
    return None if made is None else _answer(made)


def _without_target(fields: Fields) -> Fields:
    """The fields without what is about the redirect."""
    return tuple([field for field in fields if field[0] not in {b"location", b"refresh", b"cache-control", b"expires"}])


def _rewritten(status: int, old: Fields, request: Request, *, fields: Iterable[Field], content: bytes) -> Answer:
    """The answer with new content; the fields that described the old one go with it."""
    return _answer(whole(request, status, (*outliving(old), *fields), content=content))


def _answer(response: Response) -> Answer:
    return Answer(response.status, response.fields, response.content)
