# SPDX-License-Identifier: Apache-2.0
"""Takes secrets out of what a report shows: reports end up in logs and tickets.

Rules of this file: what looks like a secret is one; a value of a query is hidden unless its name and its looks are
known to be harmless; nothing raises, whatever a recording holds.
"""

import re
from dataclasses import replace
from urllib.parse import unquote

from seeother.journey import Finding

HIDDEN = "[redacted]"

# Names whose values tell what was shown, not to whom.
_HARMLESS_NAMES = frozenset(
    {
        *("category", "color", "colour", "currency", "filter", "from", "lang", "language", "limit", "locale", "offset"),
        *("order_by", "page", "page_size", "per_page", "product", "qty", "quantity", "size", "sort", "step", "tab"),
        *("theme", "variant", "view"),
    }
)
_HARMLESS_VALUE = re.compile(r"[A-Za-z0-9_.,+-]{0,32}\Z")
_HARMLESS_FRAGMENT = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}\Z")
_LONG_NUMBER = re.compile(r"[0-9]{6}")  # a telephone or account number, not a page
_SECRET_NAME = re.compile(
    r"\bauth\b|authent|authoriz|oauth|cookie|credential|csrf|xsrf|\bkey\b|apikey|nonce|passw|\bpwd\b|secret|session|"
    r"\bsid\b|signature|token|\bcvc\b|\bcvv\b|\bpin\b",
    re.IGNORECASE,
)
_URL_NAMES = frozenset({"content-location", "location", "origin", "redirect-url", "referer", "target", "url"})

# Each expression begins at the edge of a run, so that a long Location costs linear time.
_JWT = re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_.-]+")
_CREDENTIALS = re.compile(r"\b(Basic|Bearer|Digest|Negotiate) +[^\s`\"',;]+", re.IGNORECASE)
_ASSIGNED = re.compile(r"(?<![A-Za-z0-9_-])([A-Za-z0-9_-]+)([=:] ?)([^\s&;,`\"']+)")
_EMAIL = re.compile(
    r"(?<![^\s@/?#&=;,:<>()`\"'])[^\s@/?#&=;,:<>()`\"']+(?:@|%40)[^\s@/?#&=;,:<>()`\"']{1,255}\.[A-Za-z0-9-]{2,}"
)
_UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9](?:[ -]?[0-9]){12,}")
_DIGITS_MOST = 40  # a longer run is no number that anybody reads
_CARD_LENGTHS = range(13, 20)  # ISO/IEC 7812-1, as cards in use have it
_OPAQUE_LEAST = 20  # characters: 80 bits as hex, as much as anything that must not be guessed has
_OPAQUE = re.compile(rf"[A-Za-z0-9_-]{{{_OPAQUE_LEAST},}}")
_DIGIT, _LOWER, _UPPER, _LETTER = map(re.compile, ("[0-9]", "[a-z]", "[A-Z]", "[A-Za-z]"))

_URI = re.compile(
    r"(?:([A-Za-z][A-Za-z+.-]*[0-9]{0,2}):)?(//[^/?#]*)?([^?#]*)(\?[^#]*)?(#.*)?\Z", re.DOTALL
)  # RFC 3986 app. B


def redact_finding(finding: Finding) -> Finding:
    """The finding as a report may show it."""
    return replace(
        finding,
        message=redact_text(finding.message),
        url=redact_url(finding.url),
        evidence={name: redact_evidence(name, value) for name, value in finding.evidence.items()},
    )


def redact_evidence(name: str, value: str) -> str:
    """A field's or parameter's value, by its name and by its looks."""
    name = name.lower()
    if name in _URL_NAMES:
        return redact_url(value)
    if name in {"cookie", "set-cookie"}:
        return _redact_cookie(value, pairs=value.count(";") + 1 if name == "cookie" else 1)
    return HIDDEN if _SECRET_NAME.search(name.replace("_", "-")) else redact_text(value)


def redact_url(url: str) -> str:
    """An absolute or relative URL without user, secrets and personal data."""
    match = _URI.match(url)
    if match is None:  # pragma: no cover - the expression fits every text
        return HIDDEN
    scheme, authority, path, query, fragment = match.groups(default="")
    if scheme and not authority and not path.startswith("/"):
        return f"{scheme}:{HIDDEN}"  # javascript:, data:, mailto: and the like: no structure to go by
    _, at, host = authority[2:].rpartition("@")
    if at:
        authority = f"//{HIDDEN}@{host}"
    return "".join(
        [
            f"{scheme}:" if scheme else "",
            _DIGITS.sub(_redact_card, authority),
            "/".join([_redact_segment(segment) for segment in path.split("/")]),
            "?" + "&".join([_redact_pair(pair) for pair in query[1:].split("&")]) if query else "",
            "#" + _redact_fragment(fragment[1:]) if fragment else "",
        ]
    )


def redact_text(text: str) -> str:
    """A text without credentials, tokens, e-mail addresses and card numbers."""
    text = _JWT.sub(HIDDEN, text)
    text = _CREDENTIALS.sub(rf"\1 {HIDDEN}", text)
    text = _ASSIGNED.sub(_redact_assigned, text)
    text = _EMAIL.sub(HIDDEN, text)
    text = _UUID.sub(HIDDEN, text)
    text = _DIGITS.sub(_redact_card, text)
    return _OPAQUE.sub(_redact_opaque, text)


def _redact_cookie(value: str, *, pairs: int) -> str:
    """Cookies by name only; what follows the first `pairs` pairs are attributes."""
    parts = [part.strip() for part in value.split(";")]
    shown = [f"{part.partition('=')[0]}={HIDDEN}" if "=" in part else HIDDEN for part in parts[:pairs]]
    return "; ".join([*map(redact_text, shown), *map(redact_text, parts[pairs:])])


def _redact_segment(segment: str) -> str:
    """One segment of a path; its parameters (;jsessionid=...) lose their values."""
    name, semicolon, parameters = segment.partition(";")
    if semicolon:
        parameters = ";".join([_redact_pair(pair) for pair in parameters.split(";")])
    plain = unquote(name)
    shown = redact_text(plain)
    return (name if shown == plain else shown) + semicolon + parameters


def _redact_pair(pair: str) -> str:
    """One parameter of a query."""
    name, equals, value = pair.partition("=")
    plain_name = unquote(name.replace("+", " "))
    if not equals:
        return pair if not pair or plain_name.lower() in _HARMLESS_NAMES else HIDDEN
    shown_name = name if redact_text(plain_name) == plain_name else HIDDEN
    return f"{shown_name}={value if _is_harmless(plain_name, unquote(value)) else HIDDEN}"


def _is_harmless(name: str, value: str) -> bool:
    return (
        name.lower() in _HARMLESS_NAMES
        and _HARMLESS_VALUE.match(value) is not None
        and _LONG_NUMBER.search(value) is None
        and redact_text(value) == value
    )


def _redact_fragment(fragment: str) -> str:
    harmless = _HARMLESS_FRAGMENT.match(fragment) and not _LONG_NUMBER.search(fragment)
    return fragment if not fragment or (harmless and redact_text(fragment) == fragment) else HIDDEN


def _redact_assigned(match: re.Match[str]) -> str:
    """`name=value` and `name: value` where the name speaks of a secret."""
    name, sign = match[1], match[2]
    return f"{name}{sign}{HIDDEN}" if _SECRET_NAME.search(name.replace("_", "-")) else match[0]


def _redact_card(match: re.Match[str]) -> str:
    """A run of digits in which any stretch may be a card number; an expiry date may follow one."""
    digits = [int(digit) for digit in match[0] if digit.isdigit()]
    if len(digits) > _DIGITS_MOST:
        return HIDDEN
    stretches = [
        digits[start : start + length] for length in _CARD_LENGTHS for start in range(len(digits) - length + 1)
    ]
    return HIDDEN if any(map(_satisfies_luhn, stretches)) else match[0]


def _satisfies_luhn(digits: list[int]) -> bool:
    """The check digit of ISO/IEC 7812-1 annex B."""
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _redact_opaque(match: re.Match[str]) -> str:
    """A long run of digits and letters is a token; a slug of words parted by hyphens is not."""
    run = match[0]
    longest = max(run.split("-"), key=len)
    is_mixed = _DIGIT.search(run) and _LOWER.search(run) and _UPPER.search(run)
    is_single = len(longest) >= _OPAQUE_LEAST and _DIGIT.search(longest) and _LETTER.search(longest)
    return HIDDEN if is_mixed or is_single else run
