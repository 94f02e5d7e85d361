# SPDX-License-Identifier: Apache-2.0
"""What is staged goes out with the head, or somebody hears of it."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.errors import CallerError
from seeother.message import Field, Fields, ResponseHead
from seeother.policy import AlreadyStarted, Link, Staging, preload

REDIRECT = ResponseHead(303, ((b"location", b"/orders/7"), (b"cache-control", b"public"), (b"vary", b"cookie")))


def test_nothing_staged_changes_nothing() -> None:
    """A head is passed on as it is."""
    assert Staging().merged(REDIRECT.fields) is REDIRECT.fields


def test_staged_field_replaces_the_answers_own() -> None:
    """Two lines of one singleton would contradict each other."""
    staging = Staging()
    staging.stage("Cache-Control", "no-store")

    merged = staging.merged(REDIRECT.fields)

    assert merged == ((b"location", b"/orders/7"), (b"vary", b"cookie"), (b"cache-control", b"no-store"))


@pytest.mark.parametrize("name", ["Set-Cookie", "Link", "Vary", "Server-Timing", "WWW-Authenticate"])
def test_lists_add_up(name: str) -> None:
    """What the answer says already stays beside what is staged, and so do two staged lines."""
    staging = Staging()
    staging.stage(name, "one")
    staging.stage(name, "two")
    key = name.lower().encode()

    assert staging.merged(((key, b"zero"),)) == ((key, b"zero"), (key, b"one"), (key, b"two"))


def test_line_that_stands_there_is_not_repeated() -> None:
    """The answer's own line in the same words is enough."""
    staging = Staging()
    staging.stage("vary", "cookie")

    assert staging.merged(REDIRECT.fields) == REDIRECT.fields
    staging.head_left(REDIRECT)
    assert staging.unsent() == ()


def test_last_word_counts() -> None:
    """A field staged twice has the later value, and a cookie too, as long as name, path and domain are the same."""
    staging = Staging()
    staging.stage("x-basket", "one")
    staging.stage("x-basket", "two")
    staging.stage_cookie("basket", "one")
    staging.stage_cookie("basket", "other", path="/orders")
    staging.stage_cookie("basket", "two")

    assert staging.merged(()) == (
        (b"x-basket", b"two"),
        (b"set-cookie", b"basket=other; Path=/orders; HttpOnly; SameSite=Lax"),
        (b"set-cookie", b"basket=two; Path=/; HttpOnly; SameSite=Lax"),
    )


@pytest.mark.parametrize(
    ("site", "own", "expected"), [(True, None, True), (True, False, False), (False, None, False), (False, True, True)]
)
def test_cookies_follow_the_site(*, site: bool, own: bool | None, expected: bool) -> None:
    """On a secure site cookies are Secure, unless they say otherwise."""
    staging = Staging(secure=site)
    staging.stage_cookie("basket", "b7", secure=own)

    assert (b"; Secure" in staging.merged(())[0][1]) is expected


def test_links_are_staged_and_returned() -> None:
    """What early hints announce stands in the head too."""
    staging = Staging()

    values = staging.stage_links([preload("/a.css", "style"), Link("/b", "prefetch")])

    assert values == (b"</a.css>; rel=preload; as=style", b"</b>; rel=prefetch")
    assert staging.merged(()) == tuple((b"link", value) for value in values)


def test_unfit_link_values_are_left_out() -> None:
    """What an application hands to the server directly is not trusted to be a field value."""
    staging = Staging()

    staging.stage_link_values([b" </a>; rel=preload ", b"</b>\r\nx: y", b"", b"\x00"])

    assert staging.merged(()) == ((b"link", b"</a>; rel=preload"),)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("x basket", "1", "no name of a field"),
        ("", "1", "no name of a field"),
        ("x:y", "1", "no name of a field"),
        ("Content-Length", "3", "whoever sends the content"),
        ("transfer-encoding", "chunked", "whoever sends the content"),
        ("x-basket", "1\r\nset-cookie: a=b", "no line breaks"),
        ("x-basket", " 1", "no line breaks"),
        ("x-basket", "茶", "encode it"),
        ("x-basket", "\x00", "no line breaks"),
    ],
)
def test_what_is_no_field_is_refused(name: str, value: str, why: str) -> None:
    """A value cannot become another field, and the length of the content is not the application's to stage."""
    staging = Staging()

    with pytest.raises(CallerError, match=why):
        staging.stage(name, value)
    assert staging.unsent() == ()


def test_staging_too_late_says_what_was_sent() -> None:
    """The message has the status, the fields and what is lost, and says what to do."""
    staging = Staging()
    staging.head_left(REDIRECT)

    with pytest.raises(AlreadyStarted) as caught:
        staging.stage_cookie("basket", "secret-b7")

    assert str(caught.value) == (
        "the cookie `basket` is lost: the answer has begun with status 303 and 3 field lines "
        "(location, cache-control, vary), and a head is sent once. "
        "Stage it before the first content is sent and before flush()."
    )
    assert (caught.value.status, caught.value.names) == (303, ("location", "cache-control", "vary"))
    assert staging.started
    assert staging.sent == REDIRECT


def _field(staging: Staging) -> None:
    staging.stage("x-basket", "1")


def _links(staging: Staging) -> None:
    staging.stage_links([preload("/a.css", "style")])


def _link_values(staging: Staging) -> None:
    staging.stage_link_values([b"</a>; rel=preload"])


@pytest.mark.parametrize("stage", [_field, _links, _link_values])
@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0 field lines (none)"), (1, "1 field line (x-0)"), (14, "x-10, x-11, …)")]
)
def test_nothing_can_be_staged_too_late(stage: Callable[[Staging], None], count: int, shown: str) -> None:
    """Each way of staging says so, and a head without or with very many fields can be told as well."""
    staging = Staging()
    staging.head_left(ResponseHead(200, tuple((b"x-%d" % number, b"") for number in range(count))))

    with pytest.raises(AlreadyStarted) as caught:
        stage(staging)
    assert shown in str(caught.value)


def test_what_no_answer_carried_is_told() -> None:
    """An application that staged and never answered loses its fields, but not silently."""
    staging = Staging()
    staging.stage("x-basket", "1")
    staging.merged(())  # for a head that was never sent

    assert staging.unsent() == ((b"x-basket", b"1"),)


def test_what_came_between_merging_and_sending_is_told() -> None:
    """What is staged while a merged head waits has missed it."""
    staging = Staging()
    staging.stage("x-basket", "1")
    merged = staging.merged(())
    staging.stage("x-late", "2")
    staging.head_left(ResponseHead(200, merged))

    assert staging.unsent() == ((b"x-late", b"2"),)


def test_answer_that_took_nothing_is_told() -> None:
    """An answer of the guard's own, or an observed one, leaves without what is staged."""
    staging = Staging()
    staging.stage("x-basket", "1")
    staging.head_left(REDIRECT)

    assert staging.unsent() == ((b"x-basket", b"1"),)


_NAMES = st.sampled_from(["x-a", "vary", "set-cookie", "cache-control", "Link"])
_VALUES = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=3)


@given(st.lists(st.tuples(_NAMES, _VALUES)), st.lists(st.tuples(_NAMES, _VALUES)))
def test_every_staged_line_leaves(staged: list[tuple[str, str]], own: list[tuple[str, str]]) -> None:
    """The last value of each singleton and every line of each list stand in the head; nothing else is lost."""
    staging = Staging()
    for name, value in staged:
        staging.stage(name, value)
    fields: Fields = tuple((name.lower().encode(), value.encode()) for name, value in own)

    merged = staging.merged(fields)
    staging.head_left(ResponseHead(200, merged))

    singles = {b"x-a", b"cache-control"}
    last: dict[bytes, bytes] = {name.lower().encode(): value.encode() for name, value in staged}
    for name, value in staged:
        field: Field = (name.lower().encode(), value.encode())
        assert field in merged or (field[0] in singles and last[field[0]] != field[1])
    for field in fields:
        assert field in merged or (field[0] in singles and field[0] in last)
    assert all([value for key, value in merged if key == name] == [last[name]] for name in singles & set(last))
    assert staging.unsent() == ()
