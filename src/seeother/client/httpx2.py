# SPDX-License-Identifier: Apache-2.0
"""Carries the journey along on calls made with httpx2: to our own services, and to nobody else.

client = httpx2.AsyncClient(event_hooks={"request": [propagate_to(["http://127.0.0.1:8306"])]})
"""

from collections.abc import Generator, Iterable

import httpx2

from seeother.errors import CallerError
from seeother.telemetry import outgoing_fields

_OURS = "journey."  # baggage members that must not leave our services


class _Done:
    """What a hook gives an AsyncClient to await; a Client ignores it."""

    __slots__ = ()

    def __await__(self) -> Generator[None, None, None]:
        yield from ()


_DONE = _Done()


class Propagation:
    """A request hook for `Client` and `AsyncClient` that knows which origins are ours."""

    __slots__ = ("_origins",)

    def __init__(self, origins: Iterable[str]) -> None:
        """Remember the origins; raises CallerError for what is none."""
        self._origins = frozenset([_origin(origin) for origin in origins])

    def __call__(self, request: httpx2.Request) -> _Done:
        """Add `traceparent` and `baggage` to a request to one of ours, take them from one to others.

        They are taken away because a redirect copies the fields of the request before it.
        """
        if (request.url.scheme, request.url.host, request.url.port) in self._origins:
            _add(request.headers)
        else:
            _take(request.headers)
        return _DONE


def propagate_to(origins: Iterable[str]) -> Propagation:
    """The hook for calls to these origins: `scheme://host[:port]` each."""
    return Propagation(origins)


def _add(headers: httpx2.Headers) -> None:
    """What a tracing client has put there already stays; foreign baggage keeps its members."""
    for name, value in outgoing_fields():
        field, ours = name.decode(), value.decode()
        if field == "traceparent":
            headers.setdefault(field, ours)
        else:
            headers[field] = ",".join([*_foreign(headers.get(field, "")), ours])


def _take(headers: httpx2.Headers) -> None:
    for name, value in outgoing_fields():
        if name == b"traceparent" and headers.get("traceparent") == value.decode():
            del headers["traceparent"]
    if "baggage" in headers:
        members = _foreign(headers["baggage"])
        if members:
            headers["baggage"] = ",".join(members)
        else:
            del headers["baggage"]


def _foreign(baggage: str) -> list[str]:
    """The members of `baggage` that are not ours."""
    return [member for member in baggage.split(",") if member.strip() and not member.strip().startswith(_OURS)]


def _origin(text: str) -> tuple[str, str, int | None]:
    """An origin as httpx2 compares its URLs: without the port where it is the scheme's own."""
    try:
        url = httpx2.URL(text)
    except httpx2.InvalidURL:
        url = httpx2.URL("")
    if url.scheme not in {"http", "https"} or not url.host or url.raw_path not in {b"", b"/"} or url.userinfo:
        raise CallerError(f"{text!r} is no origin: write scheme://host[:port], as in http://127.0.0.1:8306")
    return url.scheme, url.host, url.port
