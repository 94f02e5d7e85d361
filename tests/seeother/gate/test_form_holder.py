# SPDX-License-Identifier: Apache-2.0
"""A form is made for somebody, also where nobody is on a journey."""

import pytest

from seeother.gate.form_holder import holder_for, holder_of
from seeother.message import ResponseHead
from seeother.policy import Staging
from tests.seeother.gate.site import gate, passage, request

NAME = {True: "__Host-seeother-form", False: "seeother-form"}


@pytest.mark.parametrize("secure", [True, False])
def test_cookie_comes_with_the_form_and_back_with_it(secure: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """One for all forms of a page, of this host only, and no script reads it."""
    staging = Staging(secure=secure)

    one, two = (holder_for(request("GET /cart"), staging, secure=secure) for _ in range(2))

    ((_, line),) = staging.merged(())
    end = "; Path=/; Secure; HttpOnly; SameSite=Lax" if secure else "; Path=/; HttpOnly; SameSite=Lax"
    assert line.decode() == f"{NAME[secure]}={one.decode()}{end}"
    assert one == two
    assert holder_of(request("POST /orders", (b"cookie", line.partition(b";")[0])), secure=secure) == one


def test_whoever_has_one_keeps_it() -> None:
    """Another tab's form stays good."""
    here = request("GET /cart", (b"cookie", b"__Host-seeother-form=" + b"a" * 22))
    staging = Staging(secure=True)

    assert holder_for(here, staging, secure=True) == b"a" * 22
    assert staging.merged(()) == ()


@pytest.mark.parametrize("value", [b"", b"a", b"a" * 23, b"a" * 21 + b"\xff"])
def test_what_is_not_of_our_making_is_nobody(value: bytes) -> None:
    """An empty cookie would be everybody's."""
    assert holder_of(request("POST /orders", (b"cookie", b"__Host-seeother-form=" + value)), secure=True) is None


def test_where_the_head_has_left_there_is_nobody() -> None:
    """The page streams, and is not broken over a form."""
    staging = Staging(secure=True)
    staging.head_left(ResponseHead(200))

    assert holder_for(request("GET /cart"), staging, secure=True) == b""


def test_a_token_for_nobody_is_good_for_nobody() -> None:
    """Also in the hands of whoever has no cookie at all."""
    at = gate(journey={})
    late = passage("GET /cart", at=at)
    late.leaving(200, (), b"")

    token = late.form_token()

    assert token is not None
    assert not passage("POST /orders", at=at).is_form_token(token.encode())


def test_a_form_outlives_the_beginning_of_a_journey() -> None:
    """It was shown to nobody on a journey, and whoever sends it is on one by then."""
    at = gate()
    shown = passage("GET /help", at=at)
    token = shown.form_token()
    form = shown.leaving(200, (), b"").fields[0][1].partition(b";")[0]
    begun = passage("POST /cart/items", at=at)
    journey = next(value for name, value in begun.leaving(200, (), b"").fields if name == b"set-cookie")

    sent = passage("POST /orders", (b"cookie", form + b"; " + journey.partition(b";")[0]), at=at)

    assert token is not None
    assert sent.is_form_token(token.encode())


def test_observing_gives_no_cookie() -> None:
    """It changes nothing."""
    shown = passage("GET /help", at=gate(site={"mode": "observe"}))

    assert shown.form_token() is not None
    assert shown.leaving(200, (), b"").fields == ()
