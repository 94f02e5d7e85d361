# SPDX-License-Identifier: Apache-2.0
"""The policy of the page with the form forbids the address to which the form's answer leads.

## What it sees

A page whose `Content-Security-Policy` has a `form-action`, a form that was sent from it, and a redirect in its answer,
or in what follows that, to an origin which the policy does not allow.
Several policies hold together; `Content-Security-Policy-Report-Only` forbids nothing.
The paths of source expressions do not count after a redirect, and a policy for `http:` means `https:` as well.
A request by script is not meant: `form-action` is about navigations.

## Why it hurts

Chromium and Safari apply `form-action` to every redirect after the form, Firefox only to the form's own address.
So the payment page opens in one browser, and in the others nothing happens when the button is pressed: no error page,
no request, just a line in the console.
The order may have been placed meanwhile.

## What to do

Name every origin on the way in the page's policy: `form-action 'self' https://pay.example`.
Or answer with a page of your own that leads on by a link.
Banks redirect further, to addresses nobody knows beforehand: where that is so, leave `form-action` out on this one
page, or allow `https:`.

## Example

    GET /checkout                           Content-Security-Policy: form-action 'self'

    POST /orders                            303 See Other
                                            Location: https://pay.example/7        blocked

## Sources

CSP Level 3, sections 6.4.1 (form-action) and 7.6 (paths and redirects).
w3c/webappsec-csp issue 8 (open); liberapay/liberapay.com issue 952.
Chromium 156, measured: blocked.
"""

from collections.abc import Iterator

from seeother.journey import Severity, Trail
from seeother.message import Exchange, Origin, first, origin_of, resolve

from ..audience import is_navigation
from ..chain import chains, next_ask
from ..excerpt import asked, excerpt
from ..rule import OnTrail, Repair, Rule, Sighting, Visibility
from ..shown_page import is_page
from .source_list import SourceList, form_actions

_BACK = 200  # exchanges to look back for the page: what it loads may lie between it and the form
_UNSAID = "/"  # the path of an Origin, and of a Referer that by policy is no more than one


def _see(trail: Trail) -> Iterator[Sighting]:
    followed = {chain[0]: chain for chain in chains(trail)}
    for index, exchange in enumerate(trail.exchanges):
        if exchange.request.method != "POST" or next_ask(exchange) is None or not is_navigation(exchange.request):
            continue
        page = _page(trail, index)
        own = None if page is None else origin_of(page.request)
        if page is None or own is None:
            continue
        lists = form_actions(page.response.fields)
        for hop in followed.get(index, [index]) if lists else []:
            sighting = _forbidden(trail.exchanges[hop], page, own, lists)
            if sighting is not None:
                yield Sighting(*sighting, exchange=hop + 1)
                break


def _forbidden(
    exchange: Exchange, page: Exchange, own: Origin, lists: list[SourceList]
) -> tuple[str, dict[str, str]] | None:
    """What to say about a redirect that one of the lists forbids."""
    following = next_ask(exchange)
    if following is None or not following.origin.host:
        return None
    broken = next((each for each in lists if not each.allows(own, following.origin)), None)
    if broken is None:
        return None
    target = excerpt(str(following.origin))
    sources = [source for source in broken.sources if source.lower() != "'none'"]
    message = (
        f"The form on `{asked(page.request)}` may not lead to `{target}`: Chromium stops at `{excerpt(str(broken))}`."
    )
    needed = " ".join(["form-action", *sources, target])
    return message, {"page": excerpt(page.request.path), "policy": excerpt(str(broken)), "needed": excerpt(needed)}


def _page(trail: Trail, index: int) -> Exchange | None:
    """The page from which the form at `index` was sent: the last one that Referer or Origin may mean."""
    request = trail.exchanges[index].request
    said = first(request.fields, b"referer") or first(request.fields, b"origin") or b"null"
    source = resolve(request, b"/" if said == b"null" else said)
    if source is None:
        return None
    for earlier in reversed(trail.exchanges[max(0, index - _BACK) : index]):
        if earlier.response.status >= 300 or not is_page(earlier):  # noqa: PLR2004 - an error page is one, but rarely the form's
            continue
        here = resolve(earlier.request, b"")
        if here is not None and here.origin == source.origin and source.path in {here.path, _UNSAID}:
            return earlier
    return None


RULE = Rule(
    code="FRM005",
    name="redirect-against-form-action",
    severity=Severity.ERROR,
    source="CSP 3 6.4.1",
    visibility=(Visibility.SEQUENCE,),
    repair=Repair.NONE,
    cure="Name the redirect's origin in the form-action of the page with the form.",
    text=__doc__ or "",
    checks=(OnTrail(_see),),
)
