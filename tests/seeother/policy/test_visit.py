# SPDX-License-Identifier: Apache-2.0
"""Who is on which journey: proved by cookie, token or peer, minted at steps, never handed to a shared cache."""

import re
from dataclasses import replace
from ipaddress import ip_network
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.journey import Identity, Journey, RouteKind, Seal, Step
from seeother.message import Field, Request, Sharing, every, first, forbids_sharing, invites_sharing
from seeother.policy import Reception, RoutePolicy, Visit
from tests.seeother.policy.visitor import (
    ACTION,
    BAGGAGE_ID,
    CHECKOUT,
    COOKIE_ID,
    NOW,
    RECEPTION,
    RETURN,
    SEAL,
    TOKEN_ID,
    attributes,
    farewell,
    id_of,
    request,
    returned,
    sealed,
    step,
    token,
    welcome,
)


@pytest.mark.parametrize(
    ("has_cookie", "has_token", "has_baggage"), list(product([True, False], repeat=3)), ids=lambda has: str(has)[0]
)
def test_cookie_goes_before_token_and_token_before_baggage(
    *, has_cookie: bool, has_token: bool, has_baggage: bool
) -> None:
    """The person's own browser knows best, then what we signed, then what a service of ours says."""
    came = request(
        "POST /payments/return", *([sealed()] if has_cookie else []), query=token() if has_token else b"order=7"
    )
    carried = (BAGGAGE_ID, "checkout") if has_baggage else None

    visit = welcome(came, RETURN, carried=carried, may_mint=False)

    proofs = [(has_cookie, COOKIE_ID), (has_token, TOKEN_ID), (has_baggage, BAGGAGE_ID)]
    assert id_of(visit) == next((journey_id for has, journey_id in proofs if has), None)
    assert visit.minted is False


@pytest.mark.parametrize("value", [b"", b"x", SEAL.to_cookie(Identity(COOKIE_ID))[:-1] + b"!"], ids=repr)
def test_cookie_that_proves_nothing_lets_the_token_speak(value: bytes) -> None:
    """A forged cookie is as none."""
    came = request("POST /payments/return", (b"cookie", b"journey=" + value), query=token())

    assert id_of(welcome(came, RETURN)) == TOKEN_ID


@pytest.mark.parametrize("route", [None, ACTION, replace(ACTION, kind=RouteKind.ROUTING)])
def test_return_token_counts_only_on_return_routes(route: RoutePolicy | None) -> None:
    """Elsewhere a link with a token in it would put its reader on the sender's journey."""
    assert id_of(welcome(request("POST /payments/return", query=token()), route, may_mint=False)) is None


@pytest.mark.parametrize(
    "query",
    [b"", b"seeother_return", b"seeother_return=", b"xseeother_return=" + token()[24:], token(NOW - 90_000)],
    ids=["absent", "bare", "empty", "other name", "stale"],
)
def test_return_without_a_good_token_proves_nothing(query: bytes) -> None:
    """Absent, empty, under another name, or a day old."""
    assert id_of(welcome(request("POST /payments/return", query=query), RETURN, may_mint=False)) is None


def test_baggage_brings_journey_and_name_but_no_step() -> None:
    """The step is the caller's: its own row was recorded over there."""
    visit = welcome(request("POST /orders"), carried=(BAGGAGE_ID, "checkout"))

    assert visit == Visit(Identity(BAGGAGE_ID), CHECKOUT, None)


def test_baggage_may_name_a_journey_that_is_not_configured_here() -> None:
    """Inventory need not know the shop's steps."""
    visit = welcome(request("POST /reservations"), carried=(BAGGAGE_ID, "returns"), reception=Reception([], None))

    assert id_of(visit) == BAGGAGE_ID
    assert visit.journey is not None
    assert visit.journey.name == "returns"
    assert not visit.reaches_goal


def test_baggage_without_a_name_is_of_no_journey_that_we_know() -> None:
    """Not even of the only one here, and not of one without a name."""
    visit = welcome(request("POST /reservations"), carried=(BAGGAGE_ID, None))

    assert visit == Visit(Identity(BAGGAGE_ID), None, None)


def test_proven_visitor_is_on_a_journey_between_steps_too() -> None:
    """A page that is no step still belongs to the journey."""
    assert welcome(request("GET /help", sealed())) == Visit(Identity(COOKIE_ID), CHECKOUT, None)


@pytest.mark.parametrize(
    ("scheme", "public_url", "name", "known"),
    [
        ("http", None, b"journey", True),
        ("http", None, b"__Host-journey", False),
        ("https", None, b"__Host-journey", True),
        ("https", None, b"journey", False),
        ("http", "https://shop.example", b"__Host-journey", True),
        ("http", "https://shop.example", b"journey", False),
        ("http", "http://shop.example", b"journey", True),
    ],
)
def test_cookie_counts_only_under_the_name_of_its_scheme(
    scheme: str, public_url: str | None, name: bytes, *, known: bool
) -> None:
    """On https a plain cookie may come from a neighbour; the prefix is what proves that it is ours."""
    reception = Reception([CHECKOUT], SEAL, public_url=public_url)

    visit = welcome(request("GET /help", sealed(name=name), scheme=scheme), reception=reception)

    assert id_of(visit) == (COOKIE_ID if known else None)


@given(
    value=st.binary(max_size=80),
    query=st.binary(max_size=90) | st.binary(max_size=80).map(lambda tail: b"seeother_return=" + tail),
    claimed=st.binary(max_size=70),
)
def test_whatever_comes_proves_nothing_and_never_raises(value: bytes, query: bytes, claimed: bytes) -> None:
    """Foreign bytes in all three places leave a stranger a stranger."""
    came = request("POST /payments/return", (b"cookie", b"journey=" + value), (b"x-journey-id", claimed), query=query)

    visit = welcome(came, RETURN, may_mint=False)

    assert visit.identity is None
    assert visit.claimed_id is None or visit.claimed_id.encode() == claimed


@pytest.mark.parametrize("each", CHECKOUT.steps[:-1], ids=[step.name for step in CHECKOUT.steps[:-1]])
def test_stranger_at_a_step_gets_an_identity(each: Step) -> None:
    """A new one, random, each time."""
    came = request(str(each.on[0]).replace("{", "").replace("}", ""))

    one, other = welcome(came), welcome(came)

    assert (one.step, one.journey, one.minted) == (each, CHECKOUT, True)
    assert re.fullmatch("[0-9a-f]{32}", id_of(one) or "")
    assert id_of(one) != id_of(other)


@pytest.mark.parametrize(
    "exchange", ["GET /", "GET /orders", "GET /cart/items", "POST /products/tea", "GET /style.css"]
)
def test_stranger_elsewhere_stays_one(exchange: str) -> None:
    """Nobody is counted for looking at a page that belongs to no step."""
    visit = welcome(request(exchange))

    assert (visit.identity, visit.step, visit.minted) == (None, None, False)


def test_nothing_is_minted_where_the_guard_only_observes() -> None:
    """`observe` changes nothing."""
    visit = welcome(request("POST /cart/items"), may_mint=False)

    assert (visit.identity, visit.step, visit.minted) == (None, CHECKOUT.steps[1], False)


def test_nothing_is_minted_without_a_seal() -> None:
    """An id that nobody can prove later would be another one at each step."""
    visit = welcome(request("POST /cart/items", sealed()), reception=Reception([CHECKOUT], None))

    assert (visit.identity, visit.minted) == (None, False)


@pytest.mark.parametrize(
    ("exchange", "ended", "is_new"),
    [
        ("GET /products/tea", True, True),
        ("POST /cart/items", True, True),
        ("POST /orders", True, False),  # Back and send again: still the journey that ended
        ("POST /payments/return", True, False),
        ("GET /orders/7", True, False),  # the result page is loaded again
        ("GET /help", True, False), ("GET /orders/7", False, False),
        ("GET /products/tea", False, False), ("POST /cart/items", False, False),
    ],
)  # fmt: skip
def test_new_journey_begins_when_an_entry_follows_an_outcome(exchange: str, *, ended: bool, is_new: bool) -> None:
    """Neither a reload of the result nor a step in the middle begins one, and no entry does while one is open."""
    visit = welcome(request(exchange, sealed(ended=ended)))

    assert visit.minted is is_new
    assert (id_of(visit) != COOKIE_ID) is is_new
    assert visit.identity is not None
    assert visit.identity.ended is (ended and not is_new)


def test_result_page_of_a_single_step_keeps_its_id() -> None:
    """Where the only step is entry and goal in one, a reload must not count as another success."""
    single = Journey("newsletter", (step("subscribe", "GET /subscribe"),))

    visit = welcome(request("GET /subscribe", sealed(ended=True)), reception=Reception([single], SEAL))

    assert (id_of(visit), visit.minted) == (COOKIE_ID, False)


def test_step_belongs_to_its_own_journey() -> None:
    """With several journeys the step says which one it is; between steps nobody knows."""
    other = Journey("returns", (step("ask", "POST /returns"),))
    reception = Reception([CHECKOUT, other], SEAL)

    assert welcome(request("POST /returns"), reception=reception).journey is other
    assert welcome(request("GET /help", sealed()), reception=reception).journey is None


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_cookie_at_a_step_is_ours_alone(scheme: str) -> None:
    """HttpOnly, Lax, for the whole host and nobody else; on https Secure and with the prefix that enforces it."""
    visit = welcome(request("POST /cart/items", scheme=scheme))

    lines = every(farewell(visit, 303), b"set-cookie")

    name = b"journey" if scheme == "http" else b"__Host-journey"
    assert len(lines) == 1
    assert lines[0].startswith(name + b"=")
    secure = {b"Secure"} if scheme == "https" else set[bytes]()
    assert attributes(lines[0]) == {b"Path=/", b"Max-Age=1200", b"HttpOnly", b"SameSite=Lax"} | secure


def test_cookie_is_secure_behind_a_proxy_that_ends_tls() -> None:
    """The public address says https, whatever the last hop spoke."""
    reception = Reception([CHECKOUT], SEAL, public_url="https://shop.example")

    visit = welcome(request("POST /cart/items"), reception=reception)

    (line,) = every(farewell(visit, reception=reception), b"set-cookie")
    assert line.startswith(b"__Host-journey=")
    assert b"Secure" in attributes(line)


@pytest.mark.parametrize(
    ("exchange", "status", "ended", "ends"),
    [
        ("GET /orders/7", 200, False, True), ("GET /orders/7", 204, False, True),
        ("GET /orders/7", 303, False, False),  # not paid yet: sent on to the pending page
        ("GET /orders/7", 404, False, False), ("GET /orders/7", 500, False, False), ("POST /orders", 200, False, False),
        ("POST /orders", 200, True, True), ("GET /orders/7", 500, True, True),  # what has ended stays ended
    ],
)  # fmt: skip
def test_goal_that_succeeded_ends_the_journey(exchange: str, status: int, *, ended: bool, ends: bool) -> None:
    """The id stays, the state changes, and the next entry step will see it."""
    visit = welcome(request(exchange, sealed(ended=ended)))

    assert returned(farewell(visit, status)) == Identity(COOKIE_ID, ended=ends)


def test_remembered_cookie_proves_no_more_than_it_did() -> None:
    """Who was recognised once is recognised again, by that cookie alone, and where browsers send it."""
    other = "f" * 32
    forged = (b"cookie", sealed(other)[1][:-1] + b"!")
    crumbs = [(b"cookie", b"a=1"), sealed(other)]  # HTTP/2 may send one line a pair

    for _ in range(2):
        assert id_of(welcome(request("GET /help", sealed()))) == COOKIE_ID
        assert id_of(welcome(request("GET /help", sealed(other)))) == other
        assert id_of(welcome(request("GET /help", *crumbs))) == other
        assert id_of(welcome(request("GET /help", forged))) is None
        assert id_of(welcome(request("GET /help", sealed(), scheme="https"))) is None
        assert id_of(welcome(request("GET /help", sealed(name=b"__Host-journey"), scheme="https"))) == COOKIE_ID


def test_renewed_cookie_is_signed_with_the_first_secret() -> None:
    """A secret that was rotated out verifies for a while, and what it signed is replaced at once."""
    old, new = "an old secret of sixteen", "a new secret of sixteen"
    reception = Reception([CHECKOUT], Seal((new, old)))
    came = request("POST /cart/items", (b"cookie", b"journey=" + Seal((old,)).to_cookie(Identity(COOKIE_ID))))

    for _ in range(2):
        visit = reception.welcome(
            came, None, at=reception.find("POST", "/cart/items"), carried=None, now=NOW, may_mint=True
        )
        line = first(farewell(visit, reception=reception), b"set-cookie") or b""
        assert Seal((new,)).from_cookie(line.partition(b"=")[2].partition(b";")[0]) == Identity(COOKIE_ID)


@pytest.mark.parametrize("exchange", ["GET /help", "GET /orders"])
def test_no_cookie_between_steps(exchange: str) -> None:
    """What is no step sets nothing, so that its answer stays cacheable; the id is named all the same."""
    assert farewell(welcome(request(exchange, sealed()))) == ((b"x-journey-id", COOKIE_ID.encode()),)


def test_no_cookie_where_the_guard_only_observes() -> None:
    """`observe` changes nothing that a browser keeps."""
    visit = welcome(request("POST /cart/items", sealed()), may_mint=False)

    assert every(RECEPTION.farewell(visit, 200, Sharing.OPEN, may_set_cookie=False), b"set-cookie") == []


def test_stranger_is_sent_off_with_nothing() -> None:
    """No identity, no claim, no field."""
    assert farewell(welcome(request("GET /"))) == ()


@pytest.mark.parametrize("control", [b"public", b"max-age=60", b"s-maxage=10, must-revalidate"])
@pytest.mark.parametrize(
    "came", [request("POST /cart/items"), request("GET /orders/7", sealed())], ids=["new", "known"]
)
def test_identity_never_goes_to_a_shared_cache(came: Request, control: bytes) -> None:
    """A cache between us and everybody would hand one person's journey to all: neither cookie nor id is added."""
    assert farewell(welcome(came), 200, (b"cache-control", control)) == ()


def test_private_answer_carries_the_identity_as_it_is() -> None:
    """The application has said already that nobody else may have it."""
    visit = welcome(request("POST /cart/items", sealed()))

    for control in (b"private, max-age=60", b"no-store"):
        added = farewell(visit, 200, (b"cache-control", control))
        assert [name for name, _ in added] == [b"x-journey-id", b"set-cookie"]


@pytest.mark.parametrize("fields", [(), ((b"cache-control", b"no-cache"),)], ids=repr)
def test_answer_that_leaves_it_open_becomes_private(fields: tuple[Field, ...]) -> None:
    """A cache may store what nobody forbade, so with an identity on it it is forbidden."""
    added = farewell(welcome(request("POST /cart/items", sealed())), 200, *fields)

    assert every(added, b"cache-control") == [b"private"]
    assert returned(added) == Identity(COOKIE_ID)


@given(
    lines=st.lists(st.binary(max_size=20) | st.text('public,private="-=0 x', max_size=20).map(str.encode), max_size=2)
)
def test_cookie_is_only_on_answers_that_shared_caches_must_not_store(lines: list[bytes]) -> None:
    """Whatever the application says about caching."""
    fields = [(b"cache-control", line) for line in lines]

    added = farewell(welcome(request("POST /cart/items")), 200, *fields)

    assert not every(added, b"set-cookie") or forbids_sharing([*fields, *added])
    assert not (added and invites_sharing(fields))


def test_claimed_id_is_echoed_and_kept_but_not_believed() -> None:
    """A stranger between steps hears its own id again, and is on no journey."""
    visit = welcome(request("GET /help", (b"x-journey-id", b"my-own.id_7")))

    assert visit.identity is None
    assert visit.claimed_id == "my-own.id_7"
    assert farewell(visit) == ((b"x-journey-id", b"my-own.id_7"),)


@pytest.mark.parametrize("claimed", [BAGGAGE_ID.encode(), b"mine"])
def test_claimed_id_is_never_the_key(claimed: bytes) -> None:
    """Not at a step, where a new one is minted, and not beside a proven one; the answer names the true one."""
    stranger = welcome(request("POST /cart/items", (b"x-journey-id", claimed)))
    known = welcome(request("POST /cart/items", (b"x-journey-id", claimed), sealed()))

    assert stranger.minted
    assert id_of(stranger) != claimed.decode()
    assert id_of(known) == COOKIE_ID
    assert stranger.claimed_id == known.claimed_id == claimed.decode()
    assert first(farewell(known), b"x-journey-id") == COOKIE_ID.encode()
    assert first(farewell(stranger), b"x-journey-id") == (id_of(stranger) or "").encode()


@pytest.mark.parametrize("claimed", [b"", b"x" * 65, b"a b", b"a\r\nset-cookie: x=y", "ü".encode(), b"a\n"], ids=repr)
def test_claim_that_is_no_id_is_dropped(claimed: bytes) -> None:
    """Nothing is echoed that could mean something else in a field or a log."""
    visit = welcome(request("GET /help", (b"x-journey-id", claimed)))

    assert visit.claimed_id is None
    assert farewell(visit) == ()


@pytest.mark.parametrize(
    ("client", "trusted"),
    [
        ("10.1.2.3", True), ("::1", True), ("::ffff:10.1.2.3", True),  # the last as a socket for both families has it
        ("11.0.0.1", False), ("::2", False), ("::ffff:11.0.0.1", False), ("testclient", False), ("", False),
        (None, False),
    ],
)  # fmt: skip
def test_only_our_own_services_are_trusted(client: str | None, *, trusted: bool) -> None:
    """By address; a peer without one, as on a Unix socket, is nobody we know."""
    networks = (ip_network("10.0.0.0/8"), ip_network("::1"))
    reception = Reception([CHECKOUT], SEAL, trusted_services=networks)

    assert reception.trusts(request("GET /")._replace(client=client)) is trusted
    assert RECEPTION.trusts(request("GET /")._replace(client=client)) is False  # where no network is named
