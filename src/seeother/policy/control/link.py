# SPDX-License-Identifier: Apache-2.0
"""Links that tell a browser early what a page will need (RFC 8288, RFC 8297): what server push was meant for."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from seeother.errors import CallerError

# What may stand in a URI (RFC 3986 section 2); all else is percent-encoded, a `%` is taken for an encoding already.
_SAFE = "%/:?#[]@!$&'()*+,;="
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # controls, and lone surrogates that UTF-8 has no bytes for
_DESTINATION = re.compile(r"[a-z]+")  # a request destination of Fetch: style, script, font, image, ...


@dataclass(frozen=True, slots=True)
class Link:
    """One link for the browser; `destination` is Fetch's word for what it is used as."""

    href: str
    rel: str
    destination: str | None = None
    crossorigin: bool = False

    def to_field(self) -> bytes:
        """The link as a value of the Link field."""
        parameters = f"; rel={self.rel}"
        if self.destination is not None:
            parameters += f"; as={self.destination}"
        if self.crossorigin:
            parameters += "; crossorigin"
        return f"<{quote(self.href, safe=_SAFE)}>{parameters}".encode()


def preload(href: str, as_: str, *, crossorigin: bool = False) -> Link:
    """A link to something that this page needs, for example `preload("/shop.css", "style")`.

    A font is always fetched with CORS, so it needs `crossorigin`, its own origin included. Raises CallerError when the
    link could not be read.
    """
    if not _DESTINATION.fullmatch(as_):
        message = (
            f'as = {as_!r} is no destination; a browser ignores such a link: say "style", "script", "font", "image"'
        )
        raise CallerError(message)
    return Link(_checked(href), "preload", as_, crossorigin)


def preconnect(origin: str, *, crossorigin: bool = False) -> Link:
    """A link to an origin that this page leads to, such as a payment provider's: `preconnect("https://pay.example")`."""
    return Link(_checked(origin), "preconnect", None, crossorigin)


def _checked(href: str) -> str:
    """A reference that can stand in a field; browsers drop control characters from one, which hides where it leads."""
    if not href or _UNFIT.search(href):
        message = f"{href!r} cannot be linked to: it is empty, or has control characters or lone surrogates in it"
        raise CallerError(message)
    return href
