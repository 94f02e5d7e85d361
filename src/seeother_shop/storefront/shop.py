# SPDX-License-Identifier: Apache-2.0
"""What the storefront's routes work with, and how they answer a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response
from markupsafe import Markup
from standardwebhooks import Webhook

from seeother.asgi import form_token, idempotency_field
from seeother.asgi.starlette import redirect
from seeother.clock import Clock
from seeother.errors import CallerError
from seeother_shop.database import Database
from seeother_shop.page import Assets, Pages

from .carts import count
from .clerk import Clerk
from .errands import Errands
from .stockroom import Stockroom
from .tables import Cart
from .words import Words, choose

NAME = "Linden"
CART_COOKIE = "cart"
# The way to the provider is a link, not a form, so form-action need not name it (w3c/webappsec-csp issue 8).
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_BROWSED = {"Cache-Control": "private, no-cache"}  # a cart's count is on it; Back shows it at once, and asks


@dataclass(frozen=True, slots=True)
class Shop:
    """One running storefront."""

    database: Database
    origin: str
    stockroom: Stockroom
    clerk: Clerk
    errands: Errands
    webhook: Webhook
    pages: Pages
    assets: Assets
    languages: Mapping[str, Words]
    naive: frozenset[str]
    clock: Clock

    def words(self, request: Request) -> Words:
        """The language that the person asked for."""
        return choose(self.languages, request.headers.get("accept-language", ""))

    def page(
        self,
        request: Request,
        template: str,
        context: Mapping[str, object] | None = None,
        *,
        status: int = 200,
        fields: Mapping[str, str] | None = None,
    ) -> Response:
        """A page in the person's language, with what is in their cart."""
        words = self.words(request)
        with self.database.reading() as session:
            in_cart = count(session.get(Cart, request.cookies.get(CART_COOKIE, "")))
        common = {
            "shop": NAME,
            "lang": words.tag,
            "_": words.say,
            "form_token": _form_token,
            "idempotency_field": _idempotency_field,
            "in_cart": in_cart,
            "status": status,
        }
        vary = {"Vary": "Cookie, Accept-Language", "Content-Language": words.tag}
        return self.pages.answer(
            template, {**common, **(context or {})}, policy=_POLICY, status=status, fields={**vary, **(fields or {})}
        )

    def browsed(self, request: Request, template: str, context: Mapping[str, object]) -> Response:
        """A page that a browser may keep, if it asks before it shows it again."""
        return self.page(request, template, context, fields=_BROWSED)

    def notice(
        self,
        request: Request,
        status: int,
        *,
        title: str,
        text: str,
        way: tuple[str, str],
        fields: Mapping[str, str] | None = None,
    ) -> Response:
        """A page that says what happened and, by `way` (target and text), how to go on."""
        context = {"title": title, "text": text, "way": way}
        return self.page(request, "notice.html", context, status=status, fields=fields)


def hand_off(target: str, status: int = 303) -> Response:
    """Send a person on, with a link for whoever is not taken along; the answer to a POST, so nothing may keep it."""
    made = redirect(target, status)
    made.headers["Cache-Control"] = "no-store"
    return made


def _form_token() -> Markup:
    """The guard's hidden field for a form; nothing where the guard is off."""
    try:
        return Markup(form_token())  # noqa: S704 - the guard's own markup
    except CallerError:
        return Markup()


def _idempotency_field(key: str) -> Markup:
    """The field by which the guard knows a form for one that was sent before."""
    return Markup(idempotency_field(key))  # noqa: S704 - the guard's own markup


def _shop(request: Request) -> Shop:
    found: Shop = request.app.state.shop
    return found


Here = Annotated[Shop, Depends(_shop)]
