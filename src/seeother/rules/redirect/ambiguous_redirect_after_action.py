# SPDX-License-Identifier: Apache-2.0
"""An action was answered with 301 or 302, which leave open what the next request does.

## What it sees

A `POST`, `PUT`, `PATCH` or `DELETE` that is answered `301` or `302` with a `Location`.
An answer that names the same resource up to slashes, scheme or host is a routing move and not meant here; without a
`Location` there is no redirect.
It is a warning after `POST` and an error after the other methods.

## Why it hurts

Only `303` says what is meant: the action is done, now fetch this page.
For `301` and `302` RFC 9110 merely allows a client to change `POST` into `GET`.
Browsers do so after `POST`, but they repeat a `PUT`, `PATCH` or `DELETE`, content included, at the redirect's target:
a page that should only have been shown is replaced or deleted, or answers 405.
Other clients decide otherwise, so one and the same answer means different things to a browser, an app and a script.
A `301` says besides that the address of the action itself has changed for good, which is hardly ever meant.

## What to do

Answer `303 See Other` with the address of the page that shows the result.
In Python: `RedirectResponse(url, status_code=303)` in Starlette and FastAPI, `redirect(url, code=303)` in Flask, and
`HttpResponseRedirect(url, status=303)` in Django.
The guard turns `302` after `POST` into `303` by itself, because for a browser nothing changes; the other pairs only on
routes that are declared to be an action.
A `303` cures the reload of the result page and nothing else: a double click or a network retry still sends the action
twice, and it takes a ledger to answer it once.

## Example

    DELETE /cart/items/7 HTTP/1.1          the browser goes on with DELETE /cart

    HTTP/1.1 302 Found
    Location: /cart

## Sources

RFC 9110, sections 15.4.2 (301), 15.4.3 (302) and 15.4.4 (303).
Fetch standard, HTTP-redirect fetch: 301 and 302 turn `POST` into `GET`, 303 turns everything but `GET` and `HEAD`.
"""

from seeother.journey import Declaration, Severity
from seeother.message import Exchange, every

from ..routing_move import is_routing_move
from ..rule import UNSAFE, OnExchange, Repair, Rule, Sighting, Visibility


def _see(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    request, status = exchange.request, exchange.response.status
    # An empty Location is none; beside another it is RED005, for a browser goes nowhere.
    locations = [value for value in every(exchange.response.fields, b"location") if value.strip()]
    if not locations or is_routing_move(request, locations[0]):
        return None
    asked = f"{request.method} {request.path}"
    evidence = {"location": locations[0].decode("latin-1")}
    if request.method == "POST":
        return Sighting(f"`{asked}` was answered `{status}`, which leaves open whether a GET follows.", evidence)
    return Sighting(
        f"`{asked}` was answered `{status}`, after which a browser repeats the {request.method} at the target.",
        evidence,
        Severity.ERROR,
    )


RULE = Rule(
    code="RED001",
    name="ambiguous-redirect-after-action",
    severity=Severity.WARNING,
    source="RFC 9110 15.4.3, 15.4.4",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.DEFAULT,
    cure="Answer 303 See Other with the address of the page that shows the result.",
    text=__doc__ or "",
    # CONNECT opens a tunnel, WebDAV's methods are not sent by pages, and of an unknown method nobody knows whether
    # it is safe: none of them is an action in the sense of this rule.
    checks=(OnExchange(_see, methods=UNSAFE, statuses=frozenset({301, 302})),),
)
