# SPDX-License-Identifier: Apache-2.0
"""Which key a request carries: what its client calls the action.

It stands in `Idempotency-Key` (a structured-field String by draft-ietf-httpapi-idempotency-key-header-07, whose
parameters say nothing here; bare ones are accepted, as nearly all clients send them), in `X-Idempotency-Key`, in the
form field `idempotency_key`, or, for a callback, where the route's `event_id` says:

    header:NAME    a field of the request; the default is Webhook-Id (Standard Webhooks)
    json:NAME      a member of a JSON object, or a.b for one inside of another
    form:NAME      a field of a form
"""

import json
import re
from collections.abc import Iterable
from typing import NamedTuple, cast

from seeother.message import Request, every, first, read_string_item

from ..route import Idempotency, RoutePolicy
from .form import FormField, is_form

FORM_FIELD = "idempotency_key"
_FORM_FIELD = FORM_FIELD.encode()
_USUAL, _OTHER = b"idempotency-key", b"x-idempotency-key"
_TWO = "the request carries more than one idempotency key"
_PLAIN = re.compile(rb'"([\x21\x23-\x5b\x5d-\x7e]{1,255})"\Z')  # what nearly all are that have quotes
_BARE = re.compile(rb"[\x21-\x7e]{1,255}\Z")


class KeyProblem(ValueError):  # noqa: N818 - it names a kind of problem, as the answer does
    """The request's key cannot be used; the text says why."""


class Key(NamedTuple):
    """A key; `is_bare` tells that it stood in a field without the quotes that the draft wants."""

    text: str
    is_bare: bool = False


def read_key(request: Request, route: RoutePolicy, content: bytes, form: Iterable[FormField] | None) -> Key | None:
    """The key that the request carries, or None; raises KeyProblem when it is malformed or there are two.

    `form` is the content as a form, where it is one.
    """
    if route.idempotency is Idempotency.CALLBACK:
        return _one(_event_ids(request, route.event_id, content, form))
    usual, other = every(request.fields, _USUAL), every(request.fields, _OTHER)
    if len(usual) > 1 or len(other) > 1:  # a field that is an item has one line: RFC 9651 section 3.3
        raise KeyProblem(_TWO)
    if not usual and not other:
        return _one([_parsed(field.value).text for field in form or () if field.name == _FORM_FIELD])
    key = _parsed(usual[0] if usual else other[0])
    if usual and other and key.text != _parsed(other[0]).text:
        raise KeyProblem(_TWO)
    return key


def has_key_field(request: Request) -> bool:
    """Whether the request says in a field which action it means."""
    return first(request.fields, _USUAL) is not None or first(request.fields, _OTHER) is not None


def is_keyless(request: Request) -> bool:
    """Whether a request to an action carries no key, whatever its content may be."""
    return not has_key_field(request) and not is_form(request)


def _one(texts: Iterable[str]) -> Key | None:
    different = set(texts)
    if len(different) > 1:
        raise KeyProblem(_TWO)
    return Key(different.pop()) if different else None


def _parsed(value: bytes) -> Key:
    plain = _PLAIN.match(value)
    if plain:
        return Key(plain[1].decode("ascii"))
    value = value.strip()
    item = read_string_item(value) if value.startswith(b'"') else None
    text = value if item is None else item.encode("ascii")
    if not _BARE.match(text):
        raise KeyProblem("an idempotency key has 1 to 255 visible ASCII characters")
    return Key(text.decode("ascii"), is_bare=item is None)


def _event_ids(request: Request, place: str, content: bytes, form: Iterable[FormField] | None) -> list[str]:
    """What stands where the sender of a callback puts its event's id."""
    kind, _, name = place.partition(":")
    if kind == "header":
        return [_parsed(value).text for value in every(request.fields, name.lower().encode())]
    if kind == "form":
        return [_parsed(field.value).text for field in form or () if field.name == name.encode()]
    member = _member(content, name.split("."))
    return [] if member is None else [_parsed(member).text]


def _member(content: bytes, names: Iterable[str]) -> bytes | None:
    """The text or the whole number at this place of a JSON object; None where there is none."""
    try:
        found: object = json.loads(content)
    except (ValueError, RecursionError):
        raise KeyProblem("the event's id should stand in JSON, and the content is none") from None
    for name in names:
        found = cast("dict[str, object]", found).get(name) if isinstance(found, dict) else None
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found).encode()
    return found.encode(errors="replace") if isinstance(found, str) else None
