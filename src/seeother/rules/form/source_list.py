# SPDX-License-Identifier: Apache-2.0
"""Which redirects of a form a Content Security Policy allows (CSP Level 3, sections 6.4.1 and 6.7.2).

Rules of this file: paths are not compared, because after a redirect they do not count (section 7.6); what is no
source expression allows nothing.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from seeother.message import Field, Origin, every

_DEFAULT_PORTS = {"http": 80, "https": 443}
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):\Z")
_HOST = re.compile(
    r"(?:([a-z][a-z0-9+.-]*)://)?(\*|(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?)(?::([0-9]+|\*))?(?:/.*)?\Z"
)


class SourceList(NamedTuple):
    """The source expressions of one `form-action`, as they were written."""

    sources: tuple[str, ...]

    def allows(self, own: Origin, target: Origin) -> bool:
        """Whether a form on a page of the origin `own` may be redirected to `target`."""
        return any(_fits(source.lower(), own, target) for source in self.sources)

    def __str__(self) -> str:
        """The directive."""
        return " ".join(["form-action", *(self.sources or ["'none'"])])


def form_actions(fields: Iterable[Field]) -> list[SourceList]:
    """The `form-action` of every policy that is enforced; each of them has to allow a redirect."""
    lists: list[SourceList] = []
    for line in every(fields, b"content-security-policy"):
        for policy in line.decode("latin-1").split(","):
            for directive in policy.split(";"):
                name, *sources = directive.split() or [""]
                if name.lower() == "form-action":
                    lists.append(SourceList(tuple(sources)))
                    break  # of a directive that stands twice the first counts (section 2.2.1)
    return lists


def _fits(source: str, own: Origin, target: Origin) -> bool:
    if source == "'self'":
        return own.host == target.host and _fits_self(own, target)
    if source == "*":
        return target.scheme in _DEFAULT_PORTS
    if match := _SCHEME.match(source):
        return _fits_scheme(match[1], target.scheme)
    match = _HOST.match(source)
    if match is None:
        return False
    scheme, host, port = match.groups()
    return _fits_scheme(scheme or own.scheme, target.scheme) and _fits_host(host, target) and _fits_port(port, target)


def _fits_self(own: Origin, target: Origin) -> bool:
    """The same origin, or the secure one beside it, both on their default ports."""
    if own == target:
        return True
    defaults = all(origin.port == _DEFAULT_PORTS.get(origin.scheme) for origin in (own, target))
    return defaults and _fits_scheme(own.scheme, target.scheme)


def _fits_scheme(scheme: str, given: str) -> bool:
    """A policy for http means https as well (section 6.7.2, scheme-part)."""
    return scheme == given or (scheme == "http" and given == "https")


def _fits_host(host: str, target: Origin) -> bool:
    """A wildcard stands for what is before a domain, not for nothing."""
    if host.startswith("*"):
        return target.host.endswith(host[1:])
    return target.host == host


def _fits_port(port: str | None, target: Origin) -> bool:
    if port is None:
        return target.port == _DEFAULT_PORTS.get(target.scheme)
    return port in {"*", str(target.port)} or (port == "80" and target.scheme == "https" and target.port == 443)  # noqa: PLR2004 - https
