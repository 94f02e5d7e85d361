# SPDX-License-Identifier: Apache-2.0
"""An application stages for its answer by the control of it."""

import pytest

from seeother.message import ResponseHead
from seeother.policy import AlreadyStarted, AnswerControl, SameSite, Staging


def test_control_stages() -> None:
    """Fields and cookies are put by, with all that was said about them."""
    staging = Staging(secure=True)
    control = AnswerControl(staging)

    control.field("Cache-Control", "no-store")
    control.cookie("basket", "b7")
    control.cookie(
        "visit", "v7", path="/orders", domain="shop.example", max_age=60, same_site=SameSite.STRICT, secure=False,
        http_only=False,
    )  # fmt: skip

    assert staging.merged(()) == (
        (b"cache-control", b"no-store"),
        (b"set-cookie", b"basket=b7; Path=/; Secure; HttpOnly; SameSite=Lax"),
        (b"set-cookie", b"visit=v7; Path=/orders; Domain=shop.example; Max-Age=60; SameSite=Strict"),
    )


def test_control_knows_when_it_is_too_late() -> None:
    """Who asks first need not be told by an exception."""
    staging = Staging()
    control = AnswerControl(staging)

    before = control.started
    staging.head_left(ResponseHead(200))

    assert (before, control.started) == (False, True)
    with pytest.raises(AlreadyStarted):
        control.field("x-late", "1")
