# SPDX-License-Identifier: Apache-2.0
"""Nobody is answered with a stranger's answer, and a person stays the same one."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seeother.message import Pattern, Request
from seeother.policy import SHARED, STRANGER, Idempotency, RoutePolicy, Visitor
from seeother.policy.idempotency.principal import SESSION_COOKIES, in_scope, principal, successor

ROUTE = RoutePolicy(Pattern.parse("POST /orders"), idempotency=Idempotency.REQUIRED)
BY_SESSION = replace(ROUTE, principal="session:cart")
BY_FIELD = replace(ROUTE, principal="authorization")
SHARING = replace(ROUTE, principal=SHARED)
CALLBACK = replace(ROUTE, idempotency=Idempotency.CALLBACK)
ON_JOURNEY = Visitor("c" * 32)


def request(*fields: tuple[bytes, bytes]) -> Request:
    """A request with these field lines."""
    return Request("POST", "/orders", fields=fields)


def cookies(line: bytes) -> Request:
    """A request with these cookies."""
    return request((b"cookie", line))


@given(one=st.binary(max_size=8), other=st.binary(max_size=8), route=st.sampled_from([ROUTE, BY_SESSION, BY_FIELD]))
def test_people_are_kept_apart(one: bytes, other: bytes, route: RoutePolicy) -> None:
    """By what the route says tells them apart."""
    assume(not set(b"; \t\n\r\x0b\x0c") & set(one + other))

    def who(value: bytes) -> str | None:
        name = {"known": b"sessionid", "session:cart": b"cart"}.get(route.principal)
        line = (b"authorization", value) if name is None else (b"cookie", b"x=1; " + name + b"=" + value)
        return principal(request(line), route, STRANGER)

    assert (who(one) == who(other)) is (one == other)


@pytest.mark.parametrize("name", SESSION_COOKIES, ids=lambda name: name.decode())
def test_usual_session_cookies_are_known(name: bytes) -> None:
    """A site that declares nothing still tells its people apart."""
    values = [principal(cookies(b"a=1; %b=%b; b=2" % (name, value)), ROUTE, STRANGER) for value in (b"x", b"x", b"y")]

    assert None not in values
    assert values[0] == values[1] != values[2]


@pytest.mark.parametrize("line", [b"", b"theme=dark", b"session=eyJjYXJ0IjpbXX0.aQ.sig", b"sessionid", b"sessionid="])
def test_whoever_shows_nothing_is_nobody(line: bytes) -> None:
    """A cookie that holds a session's content is none: it changes with each answer."""
    assert principal(cookies(line), ROUTE, STRANGER) is None


@pytest.mark.parametrize("route", [ROUTE, BY_SESSION, BY_FIELD])
def test_journey_tells_whoever_shows_nothing_else(route: RoutePolicy) -> None:
    """Its cookie is signed."""
    who = principal(request(), route, ON_JOURNEY)

    assert who is not None
    assert who != principal(request(), route, Visitor("d" * 32))
    assert principal(request(), route, Visitor(minted="c" * 32)) is None  # two first clicks are given two ids


def test_only_the_declared_principal_counts() -> None:
    """A session cookie that changes its neighbour is still the same person."""
    one = request((b"cookie", b"cart=7; theme=dark"), (b"authorization", b"Basic a"))
    other = request((b"cookie", b"theme=light; cart=7"))

    assert principal(one, BY_SESSION, STRANGER) == principal(other, BY_SESSION, ON_JOURNEY)
    assert principal(one, ROUTE, STRANGER) != principal(other, ROUTE, STRANGER)


def test_one_login_for_all_visitors_does_not_make_them_one() -> None:
    """A site that is closed by one password has everybody's Authorization alike."""
    people = [request((b"authorization", b"Basic x"), (b"cookie", b"sessionid=" + value)) for value in (b"1", b"2")]

    assert len({principal(each, ROUTE, STRANGER) for each in people}) == 2


@pytest.mark.parametrize("route", [SHARING, CALLBACK, replace(CALLBACK, principal=SHARED)])
def test_shared_is_one_scope(route: RoutePolicy) -> None:
    """Said so, or a callback, which has one sender."""
    assert principal(request((b"authorization", b"x")), route, ON_JOURNEY) == SHARED


def test_callback_may_have_several_senders() -> None:
    """Then their ids may be the same."""
    route = replace(CALLBACK, principal="authorization")

    assert principal(request((b"authorization", b"x")), route, STRANGER) not in {None, SHARED}


def test_ledger_holds_no_credentials() -> None:
    """A session's value or a password is not written to a database."""
    who = principal(request((b"authorization", b"Basic hunter2"), (b"cookie", b"sessionid=hunter3")), ROUTE, STRANGER)

    assert "hunter" not in in_scope(ROUTE, who, "k").scope


def test_routes_and_nobodies_are_kept_apart() -> None:
    """One key may be used for an order and for a payment, even where templates look alike."""
    routes = [replace(ROUTE, match=Pattern.parse(text)) for text in ("POST /a/{x}", "POST /a/{x:path}", "PUT /a/{x}")]

    assert len({in_scope(route, who, "k").scope for route in routes for who in (None, SHARED, "somebody")}) == 9


def test_hosts_are_kept_apart_where_the_route_says_so() -> None:
    """Two shops behind one guard have the same paths; else a proxy may send a retry under another name."""
    hosts = (b"a.example", b"A.example", b"b.example")

    apart = {in_scope(replace(SHARING, per_host=True), SHARED, "k", host).scope for host in hosts}
    together = {in_scope(SHARING, SHARED, "k", host).scope for host in hosts}

    assert (len(apart), len(together)) == (2, 1)


@pytest.mark.parametrize(
    ("route", "before", "set_cookie", "after"),
    [
        (ROUTE, b"", b"sessionid=2; Path=/", b"sessionid=2"),
        (ROUTE, b"sessionid=1", b"sessionid=2; Path=/", b"sessionid=2"),
        (BY_SESSION, b"", b"cart=2", b"cart=2"),
        (BY_SESSION, b"cart=1", b"cart=2; Max-Age=60", b"cart=2"),
    ],
    ids=["first session", "login", "first cart", "another cart"],
)
def test_whoever_is_somebody_else_after_the_answer_has_a_successor(
    route: RoutePolicy, before: bytes, set_cookie: bytes, after: bytes
) -> None:
    """Back and a second click come with the new cookie."""
    heir = successor(cookies(before), route, STRANGER, ((b"set-cookie", set_cookie),))

    assert heir is not None
    assert heir == principal(cookies(after), route, STRANGER)


@pytest.mark.parametrize(
    ("route", "before", "answer"),
    [
        (ROUTE, b"sessionid=1", ()),
        (ROUTE, b"sessionid=1", ((b"set-cookie", b"theme=dark"),)),
        (ROUTE, b"sessionid=1", ((b"set-cookie", b"sessionid=1; Max-Age=60"),)),
        (BY_SESSION, b"cart=1", ((b"set-cookie", b"sessionid=2"),)),
        (SHARING, b"sessionid=1", ((b"set-cookie", b"sessionid=2"),)),
        (ROUTE, b"sessionid=1", ((b"set-cookie", b"sessionid=; Max-Age=0"),)),
        (ROUTE, b"", ((b"set-cookie", b"\x00"),)),
    ],
    ids=["no cookie", "another cookie", "the same", "not the principal's", "shared", "logout", "malformed"],
)
def test_whoever_stays_the_same_has_no_successor(
    route: RoutePolicy, before: bytes, answer: tuple[tuple[bytes, bytes], ...]
) -> None:
    """Nor who is nobody afterwards."""
    assert successor(cookies(before), route, STRANGER, answer) is None


def test_first_step_s_successor_is_on_the_journey_that_it_began() -> None:
    """The answer brings the journey's cookie; a session goes before it."""
    minted = Visitor(minted="c" * 32)

    assert successor(request(), ROUTE, minted, ()) == principal(request(), ROUTE, ON_JOURNEY)
    assert successor(cookies(b"sessionid=1"), ROUTE, minted, ()) is None
