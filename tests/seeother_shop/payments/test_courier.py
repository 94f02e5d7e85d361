# SPDX-License-Identifier: Apache-2.0
"""Webhooks are signed, sent at least once, and not forgotten."""

import json
from pathlib import Path

from sqlalchemy import update
from standardwebhooks import Webhook

from seeother_shop.payments import EVENT, Courier, Delivery
from seeother_shop.serving import WEBHOOK_SECRET
from tests.clock import FakeClock
from tests.seeother_shop.payments.desk import SECRETS, Desk, Merchant, desk, listening


def _one_letter_due_now(provider: Desk) -> None:
    """Charge once, and leave one webhook of it, due."""
    provider.charge()
    with provider.database.writing() as session:
        session.execute(update(Delivery).where(Delivery.id > 1).values(delivered_at=0.0))
        session.execute(update(Delivery).values(due_at=0.0))


def test_an_event_is_signed_and_names_the_order(tmp_path: Path) -> None:
    """The merchant can prove who sent it, by the library that the standard's authors publish."""
    merchant = Merchant()
    with desk(tmp_path) as provider, listening(merchant) as url:
        provider.webhook_url = url
        _one_letter_due_now(provider)

        assert provider.courier.deliver_due() == 1

        fields, content = merchant.taken[0]
        event = Webhook(SECRETS[WEBHOOK_SECRET]).verify(content, fields)
        assert event["type"] == EVENT
        assert (event["data"]["order"], event["data"]["amount_minor"]) == ("order-1", 1800)
        assert provider.courier.pending() == 0
        assert provider.courier.deliver_due() == 0


def test_a_refused_event_comes_again_later_and_the_same(tmp_path: Path) -> None:
    """The wait doubles; id and content stay, so that the merchant knows it for the same."""
    merchant = Merchant([500, 409])
    clock = FakeClock()
    with desk(tmp_path, clock=clock) as provider, listening(merchant) as url:
        provider.webhook_url = url
        _one_letter_due_now(provider)

        accepted = [provider.courier.deliver_due(), provider.courier.deliver_due()]
        for seconds in (0.5, 0.5, 0.5):
            clock.advance(seconds)
            accepted.append(provider.courier.deliver_due())

        assert accepted == [0, 0, 0, 0, 1]
        assert len(merchant.taken) == 3
        assert len({(fields["webhook-id"], content) for fields, content in merchant.taken}) == 1


def test_nobody_listening_loses_nothing(tmp_path: Path) -> None:
    """A merchant who is away gets it when back, from a provider that was started anew."""
    merchant = Merchant()
    clock = FakeClock()
    with listening(merchant) as url:
        with desk(tmp_path, clock=clock) as provider:
            provider.webhook_url = "http://127.0.0.1:9/hook"  # the discard port: nobody listens
            _one_letter_due_now(provider)
            assert provider.courier.deliver_due() == 0
            with provider.database.writing() as session:
                session.execute(update(Delivery).values(url=url))
            clock.advance(1)
        with desk(tmp_path, clock=clock) as provider:
            assert provider.courier.deliver_due() == 1

    assert len(merchant.taken) == 1


def test_what_is_held_leaves_when_it_must(tmp_path: Path) -> None:
    """While held nothing that is due leaves; a flush sends all the same, due or not."""
    merchant = Merchant()
    with desk(tmp_path, is_held=lambda: True) as provider, listening(merchant) as url:
        provider.webhook_url = url
        _one_letter_due_now(provider)

        assert provider.courier.deliver_due() == 0
        with provider.database.writing() as session:
            session.execute(update(Delivery).values(due_at=9e9))
        assert provider.courier.deliver_all() == 1
        assert len(merchant.taken) == 1


def test_a_courier_killed_before_it_notes_the_answer_sends_again(tmp_path: Path) -> None:
    """At least once: the row is marked after the answer, never before."""
    merchant = Merchant()
    with desk(tmp_path) as provider, listening(merchant) as url:
        provider.webhook_url = url
        _one_letter_due_now(provider)
        provider.courier.deliver_due()
        with provider.database.writing() as session:  # as if the process had died between answer and note
            session.execute(update(Delivery).where(Delivery.id == 1).values(delivered_at=None))

        again = Courier(provider.database, SECRETS[WEBHOOK_SECRET])
        again.deliver_due()
        again.close()

        assert len(merchant.taken) == 2
        assert {json.loads(content)["type"] for _, content in merchant.taken} == {EVENT}
