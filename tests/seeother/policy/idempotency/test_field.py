# SPDX-License-Identifier: Apache-2.0
"""What a template writes is what the guard reads."""

from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.errors import CallerError
from seeother.message import Pattern
from seeother.policy import Idempotency, RoutePolicy, idempotency_field
from seeother.policy.idempotency.form import read_form
from seeother.policy.idempotency.key import read_key
from tests.seeother.policy.idempotency.forms import FORM

ROUTE = RoutePolicy(Pattern.parse("POST /orders"), idempotency=Idempotency.REQUIRED)


def sent(field: str) -> str | None:
    """The key that a browser sends with this field in a form."""
    pairs: list[tuple[str, str]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            assert (tag, given["type"]) == ("input", "hidden")
            pairs.append((given["name"] or "", given["value"] or ""))

    Reader().feed(field)
    content = urlencode(pairs).encode()
    key = read_key(FORM, ROUTE, content, read_form(FORM, content))
    return None if key is None else key.text


def test_each_form_is_an_action_of_its_own() -> None:
    """A key that nobody guesses."""
    keys = {sent(idempotency_field()) for _ in range(50)}

    assert len(keys) == 50
    assert all(key is not None and len(key) == 24 for key in keys)


@given(st.text("".join(map(chr, range(0x21, 0x7F))), min_size=1, max_size=255))
def test_key_of_one_s_own_comes_back(key: str) -> None:
    """Quotes and angle brackets included, but for what the draft's quotes mean."""
    if not (key[0] == key[-1] == '"' and len(key) > 1):
        assert sent(idempotency_field(key)) == key


@pytest.mark.parametrize("key", ["", "a b", "größe", "x" * 256, "a\n"])
def test_key_that_would_be_refused_is_not_written(key: str) -> None:
    """The page's author learns it, not the person who orders."""
    with pytest.raises(CallerError, match="visible ASCII"):
        idempotency_field(key)
