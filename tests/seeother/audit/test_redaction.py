# SPDX-License-Identifier: Apache-2.0
"""Nothing secret gets into a report, and what is harmless stays readable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.audit.redaction import redact_evidence, redact_finding, redact_text, redact_url
from seeother.journey import Finding, Severity

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl"
CARD = "4111111111111111"
SECRETS = [
    JWT,
    CARD,
    "4111 1111 1111 1111",
    "5500-0000-0000-0004",
    "378282246310005",
    "ada@shop.example",
    "sk_live_51HxyzABCDEFghijkl",
    "0123456789abcdef0123456789abcdef",
    "6f9619ff-8b86-d011-b42d-00cf4fc964ff",
    "dGhpc19pcw-X2Ffc2Vj-cmV0X3Rva2Vu0",
]
PLACES = {
    "url": [
        "/orders/{}",
        "/orders?order={}",
        "/a?page={}&b=1",
        "https://x.example/a;id={}/b",
        "/a#{}",
        "mailto:{}",
        "?{}",
    ],
    "text": ["`POST /orders/{}` was answered.", "card {} 12/27", "name={}", "sees {}, stops"],
}


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("place", PLACES["url"])
def test_secret_leaves_a_url(secret: str, place: str) -> None:
    """Wherever in a URL it stands, percent-encoded or not."""
    assert secret not in redact_url(place.format(secret))
    encoded = "".join(f"%{ord(char):02X}" for char in secret)
    assert encoded not in redact_url(place.format(encoded))
    assert "[redacted]" in redact_url(place.format(encoded))


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("place", PLACES["text"])
def test_secret_leaves_a_text(secret: str, place: str) -> None:
    """And the words around it stay."""
    shown = redact_text(place.format(secret))

    assert secret not in shown
    assert shown.startswith(place.partition("{}")[0])


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:pw@shop.example/a", "https://[redacted]@shop.example/a"),
        ("//me@shop.example", "//[redacted]@shop.example"),
        ("/return?session_id=abc&page=2", "/return?session_id=[redacted]&page=2"),
        ("/search?q=shoes&sort=price", "/search?q=[redacted]&sort=price"),
        ("/cart;jsessionid=1A2B", "/cart;jsessionid=[redacted]"),
        ("/a?page=123456", "/a?page=[redacted]"),
        ("/a?secret", "/a?[redacted]"),
        ("/a#access_token=x&y=z", "/a#[redacted]"),
        ("javascript:alert('pw')", "javascript:[redacted]"),
        ("/bearer?ada%40shop.example=1", "/bearer?[redacted]=[redacted]"),
    ],
)
def test_url_is_shown_without_its_values(url: str, shown: str) -> None:
    """Names stay, values go."""
    assert redact_url(url) == shown


@pytest.mark.parametrize(
    "url",
    [
        "/orders/7",
        "/products/blue-ceramic-mug-with-handle-2024?page=2&sort=price",
        "https://auth.shop.example:8443/en/checkout/?step=payment#summary",
        "../cart",
        "?step=payment",
        "//evil.example/%2e%2e/a",
        "shop-app://cart",
        "",
    ],
)
def test_harmless_url_is_left_alone(url: str) -> None:
    """A report without addresses would help nobody."""
    assert redact_url(url) == url


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("password: hunter2, user: ada", "password: [redacted], user: ada"),
        ("Authorization: Bearer abc.def", "Authorization: [redacted] [redacted]"),
        ("sent Basic YWRhOnB3", "sent Basic [redacted]"),
        ("the author: Ada", "the author: Ada"),
        ("took 1700000000 ms at 10:30", "took 1700000000 ms at 10:30"),
    ],
)
def test_text_is_shown_without_credentials(text: str, shown: str) -> None:
    """Schemes and names stay."""
    assert redact_text(text) == shown


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Cookie", "session=abc; theme=dark", "session=[redacted]; theme=[redacted]"),
        ("set-cookie", "session=abc; Path=/; SameSite=Lax", "session=[redacted]; Path=/; SameSite=Lax"),
        ("cookie", "oddity", "[redacted]"),
        ("X-Api-Key", "abc", "[redacted]"),
        ("idempotency-key", '"k1"', "[redacted]"),
        ("csrf_token", "abc", "[redacted]"),
        ("location", "/orders?email=a", "/orders?email=[redacted]"),
        ("retry-after", "120", "120"),
        ("content-type", "text/html; charset=utf-8", "text/html; charset=utf-8"),
    ],
)
def test_evidence_is_redacted_by_its_name(name: str, value: str, shown: str) -> None:
    """Cookies and keys by name only, addresses as addresses, the rest by its looks."""
    assert redact_evidence(name, value) == shown


def test_finding_is_redacted_everywhere() -> None:
    """Message, URL and evidence."""
    finding = Finding(
        rule="RED001",
        name="n",
        severity=Severity.ERROR,
        message=f"`POST /pay/{CARD}` was answered.",
        source="s",
        method="POST",
        url=f"https://shop.example/pay/{CARD}?a={JWT}",
        status=302,
        evidence={"location": f"/orders/{JWT}"},
    )

    shown = redact_finding(finding)

    assert shown.message == "`POST /pay/[redacted]` was answered."
    assert shown.url == "https://shop.example/pay/[redacted]?a=[redacted]"
    assert shown.evidence == {"location": "/orders/[redacted]"}
    assert shown.rule == "RED001"


def luhn(digits: list[int]) -> str:
    """A number of 13 to 19 digits with its check digit."""
    doubled = [digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[-1::-2]]
    return "".join(map(str, digits)) + str(-(sum(doubled) + sum(digits[-2::-2])) % 10)


@given(
    st.lists(st.integers(0, 9), min_size=12, max_size=18).map(luhn),
    st.text("abc /?&=#;:1234567890", max_size=8),
    st.text("abc /?&=#;: 1234567890", max_size=8),
)
def test_no_card_number_survives(card: str, before: str, after: str) -> None:
    """Whatever stands around it."""
    assert card not in redact_text(before + card + after)
    assert card not in redact_url(before + card + after)


@given(st.text(st.characters()) | st.text("ab1@%40.:/?#&=;[] eyJ-_"))
def test_redaction_is_total_and_stable(text: str) -> None:
    """It never raises, and what is redacted stays as it is."""
    for redact in (redact_text, redact_url):
        once = redact(text)

        assert redact(once) == once


@pytest.mark.parametrize("piece", ["a", "1", "eyJ", "a%40", "a@", "a=", "-", "1 ", "Basic ", ".a", "[", "://", ";a=1"])
def test_long_values_are_no_burden(piece: str) -> None:
    """Time grows with the length, not with its square: the suite's own time limit would end this."""
    long = piece * (200_000 // len(piece))

    assert isinstance(redact_text(long) + redact_url(long), str)
