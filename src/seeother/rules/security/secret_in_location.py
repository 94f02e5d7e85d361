# SPDX-License-Identifier: Apache-2.0
"""A redirect's address carries what was to be kept secret.

## What it sees

A redirect whose `Location` has, in its query, its fragment or behind a `;` in its path, a parameter whose name is that
of a secret (`access_token`, `password`, `client_secret`, `api_key`, `cvc`), one that is called like a session and has
a value that nobody could guess, or a value that is a signed token (a JWT).
It is an error when the address is on another site.
What a protocol sends this way by design is not meant: the `code` and `state` of OAuth, `id_token_hint`, SAML's
messages, a provider's number for a payment (`session_id=cs_...`, `token=EC-...`), a link that works once.
No value is ever shown in a finding.

## Why it hurts

An address ends up in the history, in bookmarks, in the logs of every server on the way, in what measures visits, and
in the `Referer` of whatever the page loads.
Whoever finds a session there has the session.
A fragment is not sent to servers, but scripts on the page read it, and it goes along with the next redirect, to
another site as well.

## What to do

Put a session into a cookie, and what must pass to another site into a form post or a call between servers.
Where only an address can carry it, use a code that works once and for a minute, and have the other side fetch the rest.

## Example

    POST /login

    HTTP/1.1 303 See Other
    Location: https://app.shop.example/?access_token=...         use a cookie, or a one-time code

## Sources

RFC 9110, sections 17.9 (sensitive information in URIs) and 17.11 (fragments after redirects).
RFC 9700, sections 2.1.2 and 4.3.2 (tokens in addresses).
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

from seeother.journey import Declaration, Severity
from seeother.message import REDIRECTS, Exchange, Request, Target, origin_of, resolve

from ..excerpt import asked, excerpt
from ..plain_redirect import is_plain_redirect
from ..rule import OnExchange, Repair, Rule, Sighting, Visibility

_SECRETS = frozenset(
    {
        "accesstoken",
        "refreshtoken",
        "authtoken",
        "sessiontoken",
        "bearertoken",
        "apitoken",
        "jwt",
        "password",
        "passwd",
        "pwd",
        "passphrase",
        "secret",
        "clientsecret",
        "apisecret",
        "apikey",
        "secretkey",
        "privatekey",
        "cvc",
        "cvv",
        "cvv2",
        "cardnumber",
    }
)
_SESSIONS = frozenset(
    {"session", "sessionid", "sessid", "sid", "phpsessid", "jsessionid", "aspsessionid", "sessionkey"}
)
_EXEMPT = frozenset(
    {
        "code",
        "state",
        "nonce",
        "idtokenhint",
        "logouttoken",
        "logintoken",
        "request",
        "samlrequest",
        "samlresponse",
        "relaystate",
        "assertion",
        "clientassertion",
        "loginhint",
        "subjecttoken",
    }
)
_PROVIDERS = re.compile(r"cs_(?:test|live)_|EC-|pi_|pk_|seti_|tok_", re.ASCII)  # Stripe and PayPal: numbers, no secrets
_TOKEN = re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}\Z", re.ASCII)  # JSON Web Signature, compact (RFC 7515)
# What a page is told of a password, rather than the password.
_FLAGS = frozenset(
    {
        "0",
        "1",
        "true",
        "false",
        "yes",
        "no",
        "ok",
        "changed",
        "reset",
        "updated",
        "success",
        "error",
        "required",
        "invalid",
        "expired",
        "sent",
    }
)
_GUESSABLE = 16  # characters; a shorter value of a session is rather a number of something
_PUNCTUATION = re.compile(r"[-_.\[\]$]")
_MOST = 64  # parameters that are looked at


def _see(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    for name, value in exchange.response.fields:
        if name == b"location" and b"=" in value:  # elsewhere are no parameters, which is quick to see
            return _see_parameters(exchange.request, value)
    return None


def _see_parameters(request: Request, location: bytes) -> Sighting | None:
    target = resolve(request, location)
    for name, value in () if target is None else _parameters(target):
        if target is not None and _is_secret(name, value):
            own = origin_of(request)
            is_foreign = own is None or target.origin.host != own.host
            label, host = excerpt(name), excerpt(target.origin.host)
            return Sighting(
                f"The Location of `{asked(request)}` carries a secret in its parameter `{label}`"
                f"{f' to `{host}`' if is_foreign else ''}.",
                {"parameter": label, "host": host},
                Severity.ERROR if is_foreign else None,
            )
    return None


def _parameters(target: Target) -> Iterator[tuple[str, str]]:
    """The names and values in query, fragment and path."""
    pairs = [*target.query.split("&", _MOST), *target.fragment.split("&", _MOST), *target.path.split(";", _MOST)[1:]]
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if equals and value:
            yield unquote_plus(name), unquote_plus(value)


def _is_secret(name: str, value: str) -> bool:
    label = _PUNCTUATION.sub("", name.lower())
    if label in _EXEMPT or _PROVIDERS.match(value) or value.lower() in _FLAGS or "*" in value:
        return False
    if label in _SECRETS or _TOKEN.match(value):
        return True
    return label in _SESSIONS and len(value) >= _GUESSABLE and not value.isdecimal()


RULE = Rule(
    code="SEC003",
    name="secret-in-location",
    severity=Severity.WARNING,
    source="RFC 9110 17.9",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.NONE,
    cure="Put it into a cookie, or hand over a code that works once.",
    text=__doc__ or "",
    checks=(OnExchange(_see, statuses=REDIRECTS, fields=frozenset({b"location"}), unless=is_plain_redirect),),
)
