# SPDX-License-Identifier: Apache-2.0
"""What an answer's fields say to shared caches: come in, keep out, or nothing."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.message import (
    Fields,
    cache_directives,
    forbids_sharing,
    freshness,
    invites_sharing,
    is_storable,
    to_date,
)

CONTROL = st.binary(max_size=40) | st.text('publicrivate,max-ge="=0 ', max_size=30).map(str.encode)
INVITING: list[Fields] = [
    ((b"cache-control", b"public"),),
    ((b"cache-control", b"Public, Max-Age=60"),),
    ((b"cache-control", b"max-age=60"),),
    ((b"cache-control", b'max-age="60", must-revalidate'),),
    ((b"cache-control", b"s-maxage=10"),),
    ((b"cache-control", b"must-revalidate"), (b"cache-control", b"s-maxage=10")),
    ((b"cache-control", b"public, no-cache"),),
    ((b"cache-control", b'max-age=60, private="set-cookie"'),),  # is about that field only, and old caches ignore it
]
INVITING_CDNS: list[Fields] = [
    ((b"cache-control", b"private"), (b"cdn-cache-control", b"max-age=60")),
    ((b"cache-control", b"no-store"), (b"surrogate-control", b"max-age=60")),
]
FORBIDDING: list[Fields] = [
    ((b"cache-control", b"private"),),
    ((b"cache-control", b"no-store"),),
    ((b"cache-control", b"max-age=60, PRIVATE"),),
    ((b"cache-control", b"public,private"),),
    ((b"cache-control", b"no-cache"), (b"cache-control", b" no-store , max-age=0")),
    ((b"cache-control", b"private, max-age=60"), (b"cdn-cache-control", b"no-store")),
]
SILENT: list[Fields] = [
    (),
    ((b"cache-control", b""),),
    ((b"cache-control", b"no-cache"),),
    ((b"cache-control", b"max-age=0, must-revalidate"),),
    ((b"cache-control", b"no-cache, max-age=60"),),
    ((b"cache-control", b'ext="public"'),),
    ((b"cache-control", b"unpublic, s-maxages=1"),),
    ((b"expires", b"0"),),
    ((b"x-cache-control", b"public"),),
]


@pytest.mark.parametrize("fields", INVITING, ids=repr)
def test_shared_caches_are_invited(fields: Fields) -> None:
    """By word, by a lifetime of their own, or by a lifetime for all."""
    assert invites_sharing(fields)
    assert not forbids_sharing(fields)


@pytest.mark.parametrize("fields", INVITING_CDNS, ids=repr)
def test_cdns_are_invited_behind_the_browser_s_back(fields: Fields) -> None:
    """A CDN goes by its own field, and then Cache-Control keeps out nobody but the others."""
    assert invites_sharing(fields)


@pytest.mark.parametrize("fields", FORBIDDING, ids=repr)
def test_shared_caches_are_kept_out(fields: Fields) -> None:
    """Whatever else is said, `private` and `no-store` win."""
    assert forbids_sharing(fields)
    assert not invites_sharing(fields)


@pytest.mark.parametrize("fields", SILENT, ids=repr)
def test_nothing_is_said(fields: Fields) -> None:
    """A cache may store it by a guess of its own, and nobody asked for it."""
    assert not invites_sharing(fields)
    assert not forbids_sharing(fields)


@given(values=st.lists(CONTROL, max_size=3))
def test_nothing_is_invited_and_forbidden_at_once(values: list[bytes]) -> None:
    """Whatever stands there, and adding `private` always keeps shared caches out that nobody invited."""
    fields = [(b"cache-control", value) for value in values]

    assert not (invites_sharing(fields) and forbids_sharing(fields))
    assert forbids_sharing([*fields, (b"cache-control", b"private")])


@given(value=CONTROL)
def test_only_the_words_themselves_count(value: bytes) -> None:
    """A directive is a whole word between commas, in any case."""
    words = [part.strip(b" \t\n\r\x0b\x0c") for part in value.lower().split(b",")]
    forbidding = rb'no-store(\s*=.*)?|private(\s*=[ \t"]*)?'

    if forbids_sharing([(b"cache-control", value)]):
        assert any(re.fullmatch(forbidding, word, re.DOTALL) for word in words)


NOW = 784111777.0
EXPIRES: Fields = ((b"expires", to_date(NOW + 60)),)


def control(value: bytes) -> Fields:
    """A Cache-Control field."""
    return ((b"cache-control", value),)


def test_directives_are_read_with_their_arguments() -> None:
    """From all lines, in lower case, commas in quotes included; the first of two alike counts."""
    fields = (*control(b'Private="a, b", Max-Age="60"'), *control(b"max-age=7, no-store, ,x = 1"))

    assert cache_directives(fields) == {b"private": b"a, b", b"max-age": b"60", b"no-store": b"", b"x": b"1"}


@pytest.mark.parametrize(
    ("status", "fields", "expected"),
    [
        (200, (), True),
        (301, (), True),
        (308, (), True),
        (404, (), True),
        (302, (), False),
        (303, (), False),
        (307, (), False),
        (500, (), False),
        (103, control(b"public"), False),
        (303, control(b"max-age=0"), True),
        (303, control(b"s-maxage=1"), True),
        (303, control(b"public"), True),
        (303, control(b"no-cache"), False),
        (303, EXPIRES, True),
        (503, ((b"expires", b"0"),), True),
        (503, ((b"retry-after", b"60"),), False),
        (299, (), False),
        (299, control(b"max-age=60"), True),
        (301, control(b"no-store"), False),
        (301, control(b"private"), False),
        (301, control(b'private="set-cookie"'), True),
        (200, control(b"must-understand, no-store"), True),
        (299, control(b"must-understand, no-store, max-age=60"), False),
        (303, (*control(b"private"), (b"cdn-cache-control", b"max-age=60")), True),
        (301, (*control(b"no-store"), (b"surrogate-control", b"no-store")), False),
    ],
)
def test_storable_is_what_a_shared_cache_may_store(status: int, fields: Fields, *, expected: bool) -> None:
    """RFC 9111 section 3: by its status or by a word of its fields, unless they forbid it."""
    assert is_storable(status, fields) is expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ((), None),
        (control(b"public"), None),
        (control(b"max-age=60"), 60.0),
        (control(b"max-age=0"), 0.0),
        (control(b"max-age=60, s-maxage=120"), 120.0),
        (control(b"max-age=60, s-maxage=0"), 60.0),
        (control(b"max-age=60, no-cache"), 0.0),
        (control(b"max-age=60, no-store"), 0.0),
        (control(b"max-age=soon"), 0.0),
        (control(b"max-age=-1"), 0.0),
        (control(b"max-age"), 0.0),
        (control(b"max-age=" + b"9" * 100_000), 2.0**31),
        (control(b"max-age=" + b"0" * 20 + b"5"), 5.0),
        ((*EXPIRES, *control(b"max-age=7")), 7.0),
        ((*EXPIRES, (b"date", to_date(NOW + 20))), 40.0),
        ((*EXPIRES, (b"date", to_date(NOW + 80))), 0.0),
        ((*EXPIRES, (b"date", b"nonsense")), None),
        (EXPIRES, None),
        (((b"expires", b"0"),), 0.0),
    ],
)
def test_freshness_is_what_the_fields_say(fields: Fields, expected: float | None) -> None:
    """The longest lifetime for any cache; what is written wrong is stale."""
    assert freshness(fields) == expected


def test_expires_counts_from_when_the_answer_was_made() -> None:
    """The answer's own Date wins over the time that is passed in."""
    assert freshness(EXPIRES, NOW) == 60.0
    assert freshness((*EXPIRES, (b"date", to_date(NOW + 20))), NOW) == 40.0


@given(values=st.lists(CONTROL, max_size=3), status=st.integers(-1, 1000), expires=st.binary(max_size=30))
def test_any_fields_are_judged(values: list[bytes], status: int, expires: bytes) -> None:
    """Nothing raises, and `no-store` always keeps everybody out for good."""
    fields = (*[(b"cache-control", value) for value in values], (b"expires", expires), (b"date", expires))
    lifetime = freshness(fields)

    assert lifetime is None or lifetime >= 0
    assert is_storable(status, fields) or status < 200 or forbids_sharing(fields)
    assert not is_storable(status, [(b"cache-control", b"no-store")])
    assert freshness([*fields, (b"cache-control", b"no-store")]) == 0
