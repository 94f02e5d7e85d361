# SPDX-License-Identifier: Apache-2.0
"""Takes personal data out of what browsers send: queries, mail addresses, long numbers, what looks like a token."""

import re

_QUERY = re.compile(r"[?#;].*", re.DOTALL)
# Each run is looked at once, from its beginning: from each of its characters on it would cost the square of its length.
_MAIL = re.compile(r"(?<![^\s/@])[^\s/@]+(?:@|%40)[^\s/@]+", re.IGNORECASE)
_DIGITS = re.compile(r"\+?\d(?:[ .-]?\d){5,}")  # six and more: orders, telephones, cards
_TOKEN = re.compile(r"(?<![A-Za-z0-9_.-])(?=[A-Za-z0-9_.-]*\d)[A-Za-z0-9_.-]{20,}")  # with a digit: no long words
_PLACEHOLDER = re.compile(
    r":[a-z_]\w*|\{[a-z_][\w:]*\}|<[a-z_][\w:]*>", re.ASCII | re.IGNORECASE
)  # a name's, no value's
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def scrubbed_path(text: str, limit: int = 256) -> str:
    """A route or path without its query, and with a placeholder for each segment that is about somebody."""
    path = _CONTROL.sub("", _QUERY.sub("", text))[:limit]
    return "/".join([segment if _is_placeholder(segment) else _scrubbed(segment) for segment in path.split("/")])


def scrubbed_word(text: str, limit: int = 128) -> str:
    """The name of a kind of thing, such as an error's class."""
    return _scrubbed(_CONTROL.sub("", text)[:limit])


def scrubbed_agent(text: str, limit: int = 256) -> str:
    """A User-Agent: versions stay, whatever a company adds about its people goes."""
    return _MAIL.sub("{mail}", _CONTROL.sub("", text)[:limit])


def _is_placeholder(segment: str) -> bool:
    return _PLACEHOLDER.fullmatch(segment) is not None


def _scrubbed(text: str) -> str:
    return _DIGITS.sub("{number}", _TOKEN.sub("{token}", _MAIL.sub("{mail}", text)))
