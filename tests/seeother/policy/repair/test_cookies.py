# SPDX-License-Identifier: Apache-2.0
"""Sessions are Lax where nobody has said otherwise; other cookies are as they were."""

import pytest

from seeother.message import every
from tests.seeother.policy.repair.answering import exchange, is_repaired, mended, terms

OTHERS = [b"theme=dark", b"sessionid=a; SameSite=None; Secure", b"sid=a; samesite=STRICT"]


def test_session_without_same_site_becomes_lax() -> None:
    """And no other cookie changes or is lost, nor their order."""
    cookies = [OTHERS[0], b"sessionid=a; Path=/; HttpOnly", *OTHERS[1:]]
    seen = exchange("GET /cart", 204, *[(b"set-cookie", value) for value in cookies])
    answer, findings = mended(seen)

    assert every(answer.fields, b"set-cookie") == [
        OTHERS[0], b"sessionid=a; Path=/; HttpOnly; SameSite=Lax", *OTHERS[1:]
    ]  # fmt: skip
    assert is_repaired(findings, "JNY002")


@pytest.mark.parametrize("value", OTHERS)
def test_other_cookies_stay(value: bytes) -> None:
    """There is nothing to find."""
    assert mended(exchange("GET /cart", 204, (b"set-cookie", value)))[0].fields == ((b"set-cookie", value),)


def test_it_takes_somebody_who_wants_it() -> None:
    """A shop in frames on other sites needs None."""
    seen = exchange("GET /cart", 204, (b"set-cookie", b"sessionid=a"))
    answer, findings = mended(seen, terms(enabled=frozenset({"RED001"})))

    assert answer.fields == ((b"set-cookie", b"sessionid=a"),)
    assert not is_repaired(findings, "JNY002")
