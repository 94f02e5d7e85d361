# SPDX-License-Identifier: Apache-2.0
"""Which cookies must not be handed to anybody else."""

import pytest

from seeother.message import Exchange, Request, ResponseHead, lookup
from seeother.rules.cache.personal_cookie import is_recognised, set_personal_cookie

ASKED = Request("GET", "/", authority=b"shop.example")


@pytest.mark.parametrize("value", [b"sessionid=a", b"csrftoken=a; Path=/", b"__Host-XSRF-TOKEN=a", b"PHPSESSID=a"])
def test_personal(value: bytes) -> None:
    """Sessions, and proof of where a form comes from; it need not be the first."""
    fields = ((b"set-cookie", b"theme=dark"), (b"set-cookie", value))
    found = set_personal_cookie(Exchange(ASKED, ResponseHead(301, fields)))

    assert found is not None
    assert found.value == b"a"


@pytest.mark.parametrize(
    "value", [b"theme=dark", b"_ga_session=1", b"AWSALB=x", b"lang=en", b"sessionid=; Max-Age=0", b"\x00", b""]
)
def test_anybodys(value: bytes) -> None:
    """Or nobody's any more."""
    assert set_personal_cookie(Exchange(ASKED, ResponseHead(301, ((b"set-cookie", value),)))) is None


@pytest.mark.parametrize(
    ("value", "known"), [(b"theme=dark; sessionid=a", True), (b"theme=sessionid", False), (b"", False)]
)
def test_who_is_recognised(value: bytes, known: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    """By the name of a cookie that came."""
    assert is_recognised(lookup(((b"cookie", value),))) is known
