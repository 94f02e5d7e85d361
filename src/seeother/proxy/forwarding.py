# SPDX-License-Identifier: Apache-2.0
"""The field lines that a proxy passes on, in both directions (RFC 9110 section 7.6).

Rules of this file:
- What is about one connection stays on it, and so does what Connection names; never what frames a message.
- What a client says about proxies before it never passes: the server behind is told what the guard believes.
- Host passes as it came: a server that sees another one takes each form of its own pages for a forgery (Django), and
  makes addresses that nobody can reach.
- What a client has said about how far its question may go is held to (section 7.6.2).
- Each guard has a name of its own in Via, by which it knows a request that has come back to it (section 7.6.3).
"""

import secrets
from collections.abc import Iterable

from seeother.message import FORWARDED_FIELDS, Field, first

VIA = b"1.1 seeother"  # to clients, whom it is no concern how many guards there are
_ME = b"seeother-" + secrets.token_hex(4).encode()
VIA_ME = (b"via", b"1.1 " + _ME)
RETURNED = 508  # what a guard answers to its own request (RFC 5842 section 7.2), and nobody else hears
_COUNTED = frozenset({"OPTIONS", "TRACE"})  # methods whose hops a client may bound
_MAX_FORWARDS = b"max-forwards"
_DIGITS = 9  # of a number that anybody means
_CONNECTION = b"connection"
_PREFIX = b"x-forwarded-prefix"
# Of one connection, listed or not (RFC 9110 section 7.6.1); what a proxy is asked for a password with is its own.
_HOP = frozenset({
    _CONNECTION, b"keep-alive", b"proxy-connection", b"te", b"transfer-encoding", b"upgrade", b"proxy-authorization",
    b"proxy-authenticate",
})  # fmt: skip
_FRAMING = frozenset({b"host", b"content-length"})  # a client that has these taken away makes another request of it
_USUAL = frozenset({b"keep-alive", b"close"})
_OURS = b"journey."  # members of baggage that only our own say
_REAL_IP = b"x-real-ip"  # nginx's way to say who asks, which many believe
# Other ways to say the scheme or the host; Rack and gunicorn believe the first as much as X-Forwarded-Proto.
_OTHERS = frozenset({b"x-forwarded-ssl", b"x-forwarded-scheme", b"x-forwarded-protocol", b"x-forwarded-server",
                     b"front-end-https", b"x-url-scheme"})  # fmt: skip
_SAID = FORWARDED_FIELDS | _OTHERS | {_REAL_IP}
_TAKEN = _HOP | _SAID | {b"via", b"baggage", b"trailer"}
_UNDERSCORED = frozenset([name.replace(b"-", b"_") for name in _SAID if b"-" in name])
_NEVER = _TAKEN | _UNDERSCORED  # CGI's heirs read X_Forwarded_For as X-Forwarded-For
_OF_ANSWER = _HOP | {b"via", b"trailer"}


def to_server(
    fields: Iterable[Field], *, client: str | None, scheme: str, version: str, told: Iterable[Field], prefix: bool
) -> list[Field]:
    """The lines of a request for the server behind; `told` is what our own services are told of trace and journey.

    `prefix` says that X-Forwarded-Prefix comes from a proxy that is trusted.
    """
    kept, given = _parted(fields, _NEVER)
    if prefix and _PREFIX in given:
        kept.append((_PREFIX, given[_PREFIX]))
    baggage = given.get(b"baggage", b"")
    if baggage:
        baggage = b",".join(_foreign(baggage))
    for name, value in told:
        if name == b"baggage":
            baggage = baggage + b"," + value if baggage else value
        else:
            kept = [field for field in kept if field[0] != name]
            kept.append((name, value))
    if baggage:
        kept.append((b"baggage", baggage))
    kept += _forwarded(client, scheme, first(kept, b"host") or b"")
    via = given.get(b"via")
    kept.append((b"via", (via + b", " if via else b"") + version.encode() + b" " + _ME))
    return kept


def to_client(fields: Iterable[Field]) -> list[Field]:
    """The lines of an answer for whoever asked; a length beside a coding is a lie (RFC 9112 section 6.3)."""
    kept, given = _parted(fields, _OF_ANSWER)
    if b"transfer-encoding" in given:
        kept = [field for field in kept if field[0] != b"content-length"]
    via = given.get(b"via")
    kept.append((b"via", via + b", " + VIA if via else VIA))
    return kept


def one_hop_less(method: str, fields: list[Field]) -> list[Field] | None:
    """The lines with Max-Forwards counted down; None where the request may go no further (RFC 9110 section 7.6.2)."""
    if method not in _COUNTED:
        return fields
    allowed = first(fields, _MAX_FORWARDS)
    if allowed is None or not allowed.isdigit():
        return fields
    hops = int(allowed[:_DIGITS]) - 1
    kept = [field for field in fields if field[0] != _MAX_FORWARDS]
    return None if hops < 0 else [*kept, (_MAX_FORWARDS, b"%d" % hops)]


def has_passed(fields: Iterable[Field]) -> bool:
    """Whether Via names this very guard."""
    return any(name == b"via" and _ME in value for name, value in fields)


def _parted(fields: Iterable[Field], taken: frozenset[bytes]) -> tuple[list[Field], dict[bytes, bytes]]:
    """The lines that pass, and those that do not, by name; what Connection lists does not pass either."""
    kept: list[Field] = []
    given: dict[bytes, bytes] = {}
    for field in fields:
        name, value = field
        if name not in taken:
            kept.append(field)
        else:
            given[name] = given[name] + b"," + value if name in given else value
    listed = given.get(_CONNECTION)
    if listed and listed.lower() not in _USUAL:
        names = {name.strip().lower() for name in listed.split(b",")} - _FRAMING
        kept = [field for field in kept if field[0] not in names]
    return kept, given


def _forwarded(client: str | None, scheme: str, host: bytes) -> list[Field]:
    """What came to the guard, in both ways of saying it (RFC 7239 sections 4 and 6)."""
    given: list[Field] = [(b"x-forwarded-proto", scheme.encode())]
    said = b"proto=" + scheme.encode()
    if host:
        given.append((b"x-forwarded-host", host))
        said += b';host="' + host.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    if client:
        address = client.encode("ascii", "replace")
        given += [(b"x-forwarded-for", address), (_REAL_IP, address)]
        said = (b'for="[%s]";' % address if b":" in address else b"for=%s;" % address) + said
    given.append((b"forwarded", said))
    return given


def _foreign(baggage: bytes) -> list[bytes]:
    """The members of baggage that are not ours to say."""
    members = [member.strip() for member in baggage.split(b",")]
    return [member for member in members if member and not member.startswith(_OURS)]
