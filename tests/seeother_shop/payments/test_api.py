# SPDX-License-Identifier: Apache-2.0
"""What merchants' programs call."""

from pathlib import Path

import pytest

from tests.seeother_shop.payments.desk import KEY, desk


def test_a_capture_charges_once_by_its_key(tmp_path: Path) -> None:
    """The same capture sent again is answered from the ledger, and no money moves again."""
    with desk(tmp_path) as provider:
        session_id = provider.open()
        provider.show_card(session_id)
        payment = provider.standing(session_id)["payment"]

        first, second = provider.capture(payment), provider.capture(payment)

        assert (first.status_code, second.status_code) == (200, 200)
        assert second.headers["idempotency-replayed"] == "true"
        assert second.json() == first.json() == {"id": payment, "state": "captured", "order": "order-1"}
        assert provider.charges() == 1


def test_without_the_guard_a_second_capture_charges_again(tmp_path: Path) -> None:
    """Nothing of the provider's own stands between a retry and a second charge."""
    with desk(tmp_path, mode="off") as provider:
        session_id = provider.open()
        provider.show_card(session_id)
        payment = provider.standing(session_id)["payment"]

        provider.capture(payment)
        provider.capture(payment)

        assert provider.charges() == 2


def test_a_capture_without_a_key_is_refused(tmp_path: Path) -> None:
    """Whoever charges must be able to say that it is the same charge again."""
    with desk(tmp_path) as provider:
        session_id = provider.open()
        provider.show_card(session_id)

        answer = provider.capture(provider.standing(session_id)["payment"], key=None)

        assert answer.status_code == 400
        assert provider.charges() == 0


@pytest.mark.parametrize(("order", "amount_minor"), [("order-2", 1800), ("order-1", 1)])
def test_a_payment_is_captured_for_its_own_order_and_amount(tmp_path: Path, order: str, amount_minor: int) -> None:
    """A mix-up at the merchant takes no money."""
    with desk(tmp_path) as provider:
        session_id = provider.open()
        provider.show_card(session_id)

        answer = provider.capture(provider.standing(session_id)["payment"], order, amount_minor)

        assert answer.status_code == 409
        assert provider.charges() == 0


def test_a_declined_payment_cannot_be_captured(tmp_path: Path) -> None:
    """The merchant learns why, and no money moves."""
    with desk(tmp_path) as provider:
        session_id = provider.open()
        provider.show_card(session_id, card_number="4000000000009995")
        standing = provider.standing(session_id)

        answer = provider.capture(standing["payment"])

        assert standing["state"] == "declined"
        assert (answer.status_code, answer.json()["detail"]) == (402, "The card has insufficient funds.")
        assert provider.charges() == 0


@pytest.mark.parametrize("fields", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}])
@pytest.mark.parametrize(
    ("method", "target"),
    [("POST", "/sessions"), ("GET", "/sessions/x"), ("POST", "/payments/x/capture"), ("POST", "/webhooks/flush")],
)
def test_programs_show_the_key(tmp_path: Path, method: str, target: str, fields: dict[str, str]) -> None:
    """Nothing is done for whoever does not know it."""
    with desk(tmp_path, mode="off") as provider:
        answer = provider.client.request(method, target, headers=fields, json={})

        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"


def test_what_is_not_known_is_a_problem(tmp_path: Path) -> None:
    """An id that never was is answered 404."""
    with desk(tmp_path) as provider:
        answers = [provider.client.get("/sessions/x", headers=KEY), provider.capture("pay_x")]

        assert [answer.status_code for answer in answers] == [404, 404]


@pytest.mark.parametrize(
    "return_url", ["javascript:alert(1)", 'http://x/"><script>', "http://shop.example; script-src *", "/relative"]
)
def test_a_way_back_that_could_do_harm_is_refused(tmp_path: Path, return_url: str) -> None:
    """It goes into a policy and into a form: only plain http targets may."""
    wish = {
        "order": "o",
        "label": "O",
        "merchant": "Linden",
        "amount_minor": 1,
        "currency": "EUR",
        "return_url": return_url,
        "webhook_url": "http://127.0.0.1/",
    }
    with desk(tmp_path) as provider:
        fields = {**KEY, "Idempotency-Key": "k"}
        assert provider.client.post("/sessions", json=wish, headers=fields).status_code == 422
