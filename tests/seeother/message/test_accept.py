# SPDX-License-Identifier: Apache-2.0
"""Which media type a client would rather have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.message import preferred

HTML, JSON, PROBLEM = b"text/html", b"application/json", b"application/problem+json"
BROWSER = b"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, PROBLEM),
        (b"", PROBLEM),
        (b" , ", PROBLEM),
        (b"*/*", PROBLEM),
        (BROWSER, HTML),
        (b"application/json", JSON),
        (b"application/*", PROBLEM),
        (b"text/*, application/json", JSON),  # alike, so the first offered
        (b"text/*;q=0.9, application/json;q=0.8", HTML),
        (b"*/*, application/problem+json;q=0.1, application/json;q=0.2", HTML),
        (b"application/*;q=0.5, application/problem+json;q=0", JSON),
        (b"*/*;q=0", None),
        (b"image/png", None),
        (b"TEXT/HTML", HTML),
        (b"text/html;q=0", None),
        (b"text/html;q=0.000, application/json;q=0.001", JSON),
        (b"text/html; q=0.3 , application/json ;Q=0.4", JSON),
        (b'text/html;level="1", application/json;q=0.1', JSON),
        (b"text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", HTML),  # Java's
        (b"text/html;q=high, application/json;q=0.1", JSON),
        (b"text/html;q=., application/json;q=0.1", JSON),
        (b"text/html;q=1.9, application/json", JSON),
        (b"text/html;q=nan", None),
        (b"nonsense", None),
        (b"a/b/c, application/json", JSON),
        (b'text/x;a=",", text/html', HTML),
        (b"text/html;q=0.1," * 10_000, HTML),
    ],
)
def test_the_best_of_three(accept: bytes | None, expected: bytes | None) -> None:
    """By weight, then by the order offered; the most specific range tells the weight (RFC 9110 section 12.5.1)."""
    assert preferred(accept, [PROBLEM, JSON, HTML]) == expected


def test_parameters_make_a_range_more_specific() -> None:
    """The standard's own example."""
    accept = b"text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5"

    assert preferred(accept, [b"text/plain;format=fixed", b"text/plain"]) == b"text/plain"
    assert preferred(accept, [b"text/plain", b'text/plain; format="flowed"']) == b'text/plain; format="flowed"'
    assert preferred(accept, [b"text/html", b"image/jpeg"]) == b"image/jpeg"


def test_nothing_offered_is_nothing_preferred() -> None:
    """And what is no media type is never preferred by a range."""
    assert preferred(None, []) is None
    assert preferred(b"*/*", []) is None
    assert preferred(b"*/*", [b"nonsense"]) is None


@given(accept=st.binary(max_size=40) | st.text('text/html*;q=0.1,"\\ ', max_size=40).map(str.encode))
def test_any_bytes_prefer_something_offered_or_nothing(accept: bytes) -> None:
    """Nothing raises."""
    assert preferred(accept, [HTML, JSON]) in {HTML, JSON, None}


@given(weights=st.lists(st.integers(0, 1000), min_size=1, max_size=4))
def test_the_greatest_weight_wins(weights: list[int]) -> None:
    """The first of the greatest, unless all are 0."""
    offered = [b"a/%d" % number for number in range(len(weights))]
    accept = b", ".join([b"a/%d;q=%.3f" % (number, weight / 1000) for number, weight in enumerate(weights)])

    best = max(weights)
    assert preferred(accept, offered) == (offered[weights.index(best)] if best else None)
