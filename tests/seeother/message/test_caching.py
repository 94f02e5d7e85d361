# SPDX-License-Identifier: Apache-2.0
"""What an answer's fields say to shared caches: come in, keep out, or nothing."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.message import Fields, forbids_sharing, invites_sharing

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
