# SPDX-License-Identifier: Apache-2.0
"""The hosted page, as a browser sees it."""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from tests.seeother_shop.payments.desk import desk


def test_a_card_leads_to_the_page_with_the_way_back(tmp_path: Path) -> None:
    """The form is answered 303, so neither reload nor Back sends a card again; the page posts to the shop."""
    with desk(tmp_path, mode="off") as provider:  # the guard would mend another status
        session_id = provider.open()

        answer = provider.show_card(session_id)
        page = provider.client.get(f"/pay/{session_id}")

        assert (answer.status_code, answer.headers["location"]) == (303, f"/pay/{session_id}")
        assert 'action="http://127.0.0.1:8303/payments/return?seeother_return=token"' in page.text
        assert f'name="session" value="{session_id}"' in page.text
        assert "Continue to Linden" in page.text


def test_only_the_script_that_submits_may_run(tmp_path: Path) -> None:
    """The policy names the digest of the one script there is, and the shop's origin for the form, and nothing more."""
    with desk(tmp_path) as provider:
        session_id = provider.open()
        provider.show_card(session_id)

        page = provider.client.get(f"/pay/{session_id}")

        scripts = re.findall(r"<script>(.*?)</script>", page.text)
        digests = [f"script-src 'sha256-{b64encode(sha256(each.encode()).digest()).decode()}'" for each in scripts]
        policy = page.headers["content-security-policy"]
        assert digests == [policy.split("; ")[-1]]
        assert "form-action http://127.0.0.1:8303;" in policy
        assert "default-src 'none'" in policy


def test_a_wrong_card_is_part_of_the_dialogue(tmp_path: Path) -> None:
    """The form comes back with its errors and without the card number; put right under the same key it is taken."""
    with desk(tmp_path) as provider:
        session_id = provider.open()

        wrong = provider.show_card(session_id, card_number="4242424242424241", cvc="")

        assert wrong.status_code == 422
        assert 'aria-describedby="card_number-error"' in wrong.text
        assert "4242424242424241" not in wrong.text
        assert provider.standing(session_id)["state"] == "open"
        assert provider.show_card(session_id).status_code == 303
        assert provider.standing(session_id)["state"] == "authorised"


def test_cancelling_needs_no_card(tmp_path: Path) -> None:
    """Whoever changes their mind is led back, and there is nothing to capture."""
    with desk(tmp_path) as provider:
        session_id = provider.open()

        answer = provider.show_card(session_id, action="cancel", card_number="", cvc="")

        assert answer.status_code == 303
        assert "Payment cancelled" in provider.client.get(f"/pay/{session_id}").text
        assert provider.standing(session_id) == {"id": session_id, "state": "cancelled", "payment": None, "reason": ""}


def test_of_a_card_four_digits_are_kept(tmp_path: Path) -> None:
    """The number is nowhere in the provider's database."""
    with desk(tmp_path) as provider:
        provider.show_card(provider.open())

    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"4242" in kept
    assert b"42424" not in kept


def test_an_unknown_session_has_a_page(tmp_path: Path) -> None:
    """A person with a wrong link reads what to do; so does whoever sends a form to it."""
    with desk(tmp_path) as provider:
        answers = [provider.client.get("/pay/none"), provider.show_card("none")]

        assert [answer.status_code for answer in answers] == [404, 404]
        assert all("start at the shop" in answer.text for answer in answers)
