# SPDX-License-Identifier: Apache-2.0
"""Views of Flask return what the guard has checked, and the request is the one being handled."""

import flask
import pytest

from seeother.errors import CallerError
from seeother.message import Response as Answer
from seeother.testing import collecting
from seeother.wsgi.flask import hand_off, redirect, response_of
from tests.seeother.wsgi.site import Call, guarded

PAY = frozenset({"pay.example"})


def application() -> flask.Flask:
    """Views that redirect."""
    app = flask.Flask("shop")
    app.testing = True  # what a view raises is the test's to see

    @app.post("/orders")
    def order() -> flask.Response:
        return hand_off("/orders/7")

    @app.post("/payments")
    def pay() -> flask.Response:
        return hand_off(flask.request.args["to"], allowed=PAY)

    @app.get("/old")
    def old() -> flask.Response:
        return redirect("/new", 308)

    return app


def test_hand_off_is_a_response_of_the_framework() -> None:
    """303 and a link; the guard finds nothing to mend."""
    with collecting() as found:
        call = Call(guarded(application().wsgi_app), "POST /orders", b"sku=tea")

    assert (call.status, call.fields["location"], call.fields["cache-control"]) == (303, "/orders/7", "no-store")
    assert b'<a href="/orders/7">' in call.rest()
    assert found == []


@pytest.mark.parametrize(
    ("target", "location"),
    [("https://pay.example/p", "https://pay.example/p"), ("http://shop.example/orders/7", "/orders/7")],
)
def test_target_may_be_on_the_list_or_the_site_s_own(target: str, location: str) -> None:
    """The second is of the request's own origin."""
    call = Call(guarded(application().wsgi_app), "POST /payments", b"sku=tea", QUERY_STRING=f"to={target}")

    assert (call.status, call.fields["location"]) == (303, location)


def test_any_other_target_is_the_caller_s_mistake() -> None:
    """Before a byte is sent; without a guard nobody knows which site is one's own."""
    app = application().wsgi_app
    with pytest.raises(CallerError, match=r"evil\.example"):
        Call(guarded(app), "POST /payments", b"sku=tea", QUERY_STRING="to=https://evil.example/").rest()
    with pytest.raises(CallerError, match=r"shop\.example"):
        Call(app, "POST /payments", b"sku=tea", QUERY_STRING="to=http://shop.example/orders/7")


def test_redirect_says_the_status_that_is_asked_for() -> None:
    """Any of the five."""
    call = Call(guarded(application().wsgi_app), "GET /old")

    assert (call.status, call.fields["location"]) == (308, "/new")


def test_response_has_the_answer_s_fields() -> None:
    """Repeated ones too, and no others."""
    made = response_of(
        Answer(201, ((b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"content-length", b"2")), b"ok")
    )

    assert (made.status_code, made.headers.getlist("set-cookie"), made.data) == (201, ["a=1", "b=2"], b"ok")
