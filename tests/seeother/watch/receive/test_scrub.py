# SPDX-License-Identifier: Apache-2.0
"""What is about a person does not stay in what a browser sends."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.watch.receive.scrub import scrubbed_agent, scrubbed_path, scrubbed_word

PATHS = {
    "/orders/{id}": "/orders/{id}",
    "/orders/:order_number_of_the_customer1/pay": "/orders/:order_number_of_the_customer1/pay",
    "/orders/<int:order_number_of_the_customer1>/{path_of_the_document_1:path}": (
        "/orders/<int:order_number_of_the_customer1>/{path_of_the_document_1:path}"
    ),
    "/:ann@example.org/{4111111111111111}/<0123456789abcdef01234567>": "/{mail}/{{number}}/<{token}>",
    "/checkout?email=a@b.example&card=4111": "/checkout",
    "/checkout;jsessionid=9F8E7D6C5B4A3928": "/checkout",
    "/checkout#step-2": "/checkout",
    "/orders/12345": "/orders/12345",
    "/orders/1234567": "/orders/{number}",
    "/people/ann@example.org/orders": "/people/{mail}/orders",
    "/people/ann%40example.org": "/people/{mail}",
    "/call/+44 20 7946 0958": "/call/{number}",
    "/reset/eyJhbGciOiJIUzI1NiJ9.e30.abc": "/reset/{token}",
    "/s/550e8400-e29b-41d4-a716-446655440000": "/s/{token}",
    "/a-long-but-harmless-page-about-delivery": "/a-long-but-harmless-page-about-delivery",
    "/line\nbreak\x00": "/linebreak",
}


@pytest.mark.parametrize(("path", "kept"), PATHS.items(), ids=PATHS)
def test_of_a_path_only_its_shape_is_kept(path: str, kept: str) -> None:
    """Placeholders stay; what they stand for does not come in."""
    assert scrubbed_path(path) == kept


@given(before=st.text(max_size=40), card=st.from_regex(r"\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}", fullmatch=True))
def test_a_card_is_never_kept(before: str, card: str) -> None:
    """Wherever it stands."""
    for scrub in (scrubbed_path, scrubbed_word):
        assert re.sub(r"\D", "", card) not in re.sub(r"\D", "", scrub(f"/{before}{card}"))


@given(text=st.text(max_size=600))
def test_nothing_is_longer_than_it_may_be_by_much(text: str) -> None:
    """A placeholder may be longer than what it stands for; nothing fails, whatever comes."""
    assert len(scrubbed_word(text)) <= 128 * 3
    assert "?" not in scrubbed_path(text)


def test_a_user_agent_keeps_its_versions() -> None:
    """They are dimensions; a mail address in it is not."""
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) Version/17.4 (ann@example.org)"

    assert scrubbed_agent(agent) == agent.replace("(ann@example.org)", "{mail}")
