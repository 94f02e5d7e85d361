# SPDX-License-Identifier: Apache-2.0
"""What goes along on a call to one of our own services, and to nobody else: the trace, the journey, the time left.

It is taken off a request to others, because a redirect copies the fields of the request before it.
"""

from collections.abc import Iterable, MutableMapping
from urllib.parse import urlsplit

from seeother.breaker import TIMEOUT_FIELD, Deadline, to_timeout
from seeother.errors import CallerError
from seeother.message import Origin, read_origin
from seeother.telemetry import outgoing_fields

_OURS = "journey."  # baggage members that must not leave our services
_TIMEOUT = TIMEOUT_FIELD.decode()
_PORTS = {"http": 80, "https": 443}

FieldMap = MutableMapping[str, str]


def read_origins(texts: Iterable[str]) -> frozenset[Origin]:
    """The origins that are ours, `scheme://host[:port]` each; raises CallerError for what is none."""
    return frozenset([_origin(text) for text in texts])


def origin(scheme: str, host: str, port: int | None) -> Origin:
    """The origin of a URL that a client library has taken apart; an IPv6 host may come without its brackets."""
    return Origin(scheme, f"[{host}]" if ":" in host and host[0] != "[" else host, port or _PORTS.get(scheme, 0))


def stamp(fields: FieldMap, *, is_ours: bool, seconds: float | None) -> None:
    """Tell one of our own services all it is to know, or see to it that others learn nothing."""
    if is_ours:
        tell_ours(fields)
        _tell_time(fields, seconds)
    else:
        tell_others(fields)


def tell_ours(fields: FieldMap) -> None:
    """Add trace and journey; what a tracing client has put there already stays, foreign baggage keeps its members."""
    for name, value in outgoing_fields():
        field, ours = name.decode(), value.decode()
        if field == "traceparent":
            fields.setdefault(field, ours)
        else:
            fields[field] = ",".join([*_foreign(fields.get(field, "")), ours])


def tell_others(fields: FieldMap) -> None:
    """Take off what only our own services are told."""
    fields.pop(_TIMEOUT, None)
    for name, value in outgoing_fields():
        if name == b"traceparent" and fields.get("traceparent") == value.decode():
            del fields["traceparent"]
    if "baggage" in fields:
        members = _foreign(fields["baggage"])
        if members:
            fields["baggage"] = ",".join(members)
        else:
            del fields["baggage"]


def _tell_time(fields: FieldMap, seconds: float | None) -> None:
    """Say how long the answer is waited for; None: as long as it takes."""
    if seconds is None:
        fields.pop(_TIMEOUT, None)
    else:
        fields[_TIMEOUT] = to_timeout(Deadline.after(seconds, 0.0), 0.0).decode()


def _foreign(baggage: str) -> list[str]:
    """The members of `baggage` that are not ours."""
    return [member for member in baggage.split(",") if member.strip() and not member.strip().startswith(_OURS)]


def _origin(text: str) -> Origin:
    refused = CallerError(f"{text!r} is no origin: write scheme://host[:port], as in http://127.0.0.1:8306")
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises ValueError where it is no number
        found = read_origin(text.encode("ascii"))
    except ValueError:
        raise refused from None
    if found is None or found.scheme not in _PORTS or not found.host:
        raise refused
    if parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc:
        raise refused
    return found
