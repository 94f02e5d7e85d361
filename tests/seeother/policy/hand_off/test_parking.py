# SPDX-License-Identifier: Apache-2.0
"""A page that answered a POST gets an address of its own: what the flows want, step by step, and on a real ledger."""

import asyncio
import json
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seeother.errors import CallerError, StoreError
from seeother.ledger import MemoryLedger
from seeother.message import Field, Request, Response, every, first
from seeother.policy import (
    Claim,
    Finished,
    Flow,
    Granted,
    LedgerKey,
    Mismatch,
    Release,
    Reply,
    Respond,
    Running,
    Settle,
    Unknown,
    Want,
)
from seeother.policy.hand_off import PARKED_PATH, is_parked, may_park, park, parking_principal, unpark
from seeother.policy.hand_off.parking import KEEP_SECONDS
from tests.clock import FakeClock
from tests.seeother.policy.script import driven

ACCEPT = (b"accept", b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
NAVIGATION = (ACCEPT, (b"sec-fetch-mode", b"navigate"), (b"sec-fetch-dest", b"document"))
POST = Request("POST", "/orders", fields=NAVIGATION)
HTML = (b"content-type", b"text/html; charset=utf-8")
COOKIES = ((b"set-cookie", b"a=1"), (b"set-cookie", b"b=2; Path=/"))
FRAME = (b"x-frame-options", b"DENY")
PAGE = Response(200, (HTML, *COOKIES, FRAME), b"<h1>Thank you</h1>")
KEPT = Response(200, (HTML, FRAME, (b"content-length", b"18"), (b"cache-control", b"no-store")), PAGE.content)
TOKEN = "0123456789abcdefghijkl"
ALICE, BOB = b"journey a", b"journey b"
GRANTED = Granted(LedgerKey("a scope", TOKEN), 7)
AWAY = StoreError("the database is locked")
OURS = True  # the reply to what was written down in time


def address(request: Request = POST, token: str = TOKEN, prefix: str = "") -> str:
    """Where the page that answered `request` is parked."""
    response = driven(park(request, PAGE, token, principal=ALICE, prefix=prefix), GRANTED, OURS, None).response
    return (first(response.fields, b"location") or b"").decode()


def get(url: str, method: str = "GET") -> Request:
    """What a browser sends for an address of ours."""
    path, _, query = url.partition("?")
    return Request(method, path, query.encode(), fields=NAVIGATION)


def on(ledger: MemoryLedger, flow: Flow) -> Response:
    """What a client gets from a flow that is driven against a ledger."""

    def given(want: Want) -> Reply:
        match want:
            case Claim(key, fingerprint, lease, rerun):
                return ledger.claim(key, fingerprint, lease, rerun=rerun)
            case Settle(granted, answer, keep):
                return ledger.settle(granted, answer, keep)
            case Release(granted):
                return ledger.release(granted)
            case _:
                raise AssertionError(want)

    want = next(flow)
    while not isinstance(want, Respond):
        want = flow.send(given(want))
    return want.response


def parked_on(ledger: MemoryLedger) -> str:
    """Where Alice's page is, on a ledger."""
    return (first(on(ledger, park(POST, PAGE, TOKEN, principal=ALICE)).fields, b"location") or b"").decode()


def test_page_is_kept_and_then_the_person_is_sent_to_it() -> None:
    """Its cookies go out at once and are not kept; nobody else may store it."""
    result = driven(park(POST, PAGE, TOKEN, principal=ALICE), GRANTED, OURS, None)

    claim = result.wants[0]
    assert isinstance(claim, Claim)
    assert claim.key.key == TOKEN
    assert result.wants[1] == Settle(GRANTED, KEPT, KEEP_SECONDS)
    assert result.kinds == [Claim, Settle, Respond]
    assert result.response.status == 303
    assert every(result.response.fields, b"set-cookie") == [b"a=1", b"b=2; Path=/"]
    assert every(result.response.fields, b"cache-control") == [b"no-store"]
    assert address().startswith(f"{PARKED_PATH}{TOKEN}.")
    assert address().endswith("/orders")


@pytest.mark.parametrize(
    "name", b"cache-control etag last-modified expires pragma age date connection content-length".split()
)
def test_what_is_about_one_exchange_is_not_kept(name: bytes) -> None:
    """The parked page is another resource, and not one to store or to validate."""
    answer = PAGE._replace(fields=((name, b"public, max-age=9"), *PAGE.fields))

    assert driven(park(POST, answer, TOKEN, principal=ALICE), GRANTED, OURS, None).wants[1] == Settle(
        GRANTED, KEPT, KEEP_SECONDS
    )


@pytest.mark.parametrize(
    "script",
    [
        (AWAY, None),
        (GRANTED, AWAY, None),
        (GRANTED, False, None),
        (Running(1.0), None),
        (Mismatch(), None),
        (Unknown(), None),
        (Finished(PAGE), None),
    ],
    ids=["away", "away at the end", "not ours", "running", "mismatch", "unknown", "finished"],
)
def test_page_is_the_answer_where_it_cannot_be_kept(script: tuple[Reply | BaseException, ...]) -> None:
    """Never worse than without a guard."""
    assert driven(park(POST, PAGE, TOKEN, principal=ALICE), *script).response == PAGE


def test_nothing_is_parked_for_nobody() -> None:
    """Whoever has the address could see it."""
    assert driven(park(POST, PAGE, TOKEN, principal=b""), None).wants == [Respond(PAGE)]


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "/a/../b", "/./a", "/" + "x" * 4000, "*", ""],
    ids=["net", "up", "dot", "long", "*", "none"],
)
def test_odd_path_is_not_parked(path: str) -> None:
    """A browser would not come back to the address that we would give."""
    assert driven(park(POST._replace(path=path), PAGE, TOKEN, principal=ALICE), None).wants == [Respond(PAGE)]


SCRIPT = ((b"accept", b"*/*"), (b"sec-fetch-mode", b"cors"), (b"sec-fetch-dest", b"empty"))


@pytest.mark.parametrize(
    ("request_", "answer", "expected"),
    [
        (POST, PAGE, True),
        (POST._replace(fields=(ACCEPT,)), PAGE, True),
        (POST, PAGE._replace(fields=((b"content-type", b"application/xhtml+xml"),)), True),
        (POST._replace(method="PUT"), PAGE, False),
        (POST._replace(method="GET"), PAGE, False),
        (POST._replace(fields=SCRIPT), PAGE, False),
        (POST._replace(fields=()), PAGE, False),
        (POST, PAGE._replace(status=201), False),
        (POST, PAGE._replace(status=422), False),
        (POST, PAGE._replace(fields=((b"content-type", b"application/json"),)), False),
        (POST, PAGE._replace(fields=()), False),
        (POST, PAGE._replace(fields=(HTML, (b"content-disposition", b"Attachment; filename=a.html"))), False),
        (POST, PAGE._replace(fields=(HTML, (b"content-disposition", b"inline"))), True),
    ],
)
def test_only_a_page_that_a_person_sees_is_parked(request_: Request, answer: Response, expected: bool) -> None:  # noqa: FBT001 - a column of the table
    """What a script fetched, a file to save, another status and other content stay as they are."""
    result = driven(park(request_, answer, TOKEN, principal=ALICE), *((GRANTED, OURS, None) if expected else (None,)))

    assert may_park(request_, answer) is expected
    assert result.response.status == (303 if expected else answer.status)


@pytest.mark.parametrize(
    "token", ["", "short", "0123456789abcdefghijk", "a" * 87, "0123456789abcdef/hijkl", TOKEN + "\n"]
)
def test_token_that_could_be_guessed_is_refused(token: str) -> None:
    """An adapter's mistake, told at once."""
    with pytest.raises(CallerError, match="16 random bytes"):
        next(park(POST, PAGE, token, principal=ALICE))


def test_cancelled_parking_stays_cancelled() -> None:
    """Only a ledger that is away is a reason to go on."""
    gone = asyncio.CancelledError()

    assert driven(park(POST, PAGE, TOKEN, principal=ALICE), gone).failure is gone


def test_page_can_be_seen_again_while_it_is_kept() -> None:
    """A person reloads a page that seems stuck; afterwards the address is worth nothing."""
    clock = FakeClock()
    ledger = MemoryLedger(clock=clock)
    url = parked_on(ledger)

    assert on(ledger, unpark(get(url), principal=ALICE)) == KEPT
    clock.advance(KEEP_SECONDS - 1)
    assert on(ledger, unpark(get(url), principal=ALICE)) == KEPT
    clock.advance(2)
    assert on(ledger, unpark(get(url), principal=ALICE)).status == 410
    assert len(ledger) == 0


def test_stranger_sees_nothing_and_learns_nothing() -> None:
    """A leaked address answers as one that never was, and its owner still sees the page."""
    ledger = MemoryLedger()
    url = parked_on(ledger)

    strange = on(ledger, unpark(get(url), principal=BOB))

    assert strange.status == 410
    assert strange == on(ledger, unpark(get(url), principal=b""))
    assert strange == on(ledger, unpark(get(url.replace(TOKEN, TOKEN[::-1])), principal=ALICE))
    assert on(ledger, unpark(get(url), principal=ALICE)) == KEPT
    assert len(ledger) == 1


def test_page_has_no_content_for_head() -> None:
    """The fields are those of the page."""
    result = driven(unpark(get(address(), "HEAD"), principal=ALICE), Finished(KEPT), None)

    assert result.wants[-1] == Respond(KEPT._replace(content=b""), replayed=True)


@pytest.mark.parametrize("verdict", [Running(1.0), Mismatch(), Unknown()], ids=repr)
def test_what_is_not_finished_is_gone(verdict: Reply) -> None:
    """No verdict but a finished one has a page."""
    result = driven(unpark(get(address()), principal=ALICE), verdict, None)

    assert result.kinds == [Claim, Respond]
    assert result.response.status == 410
    assert first(result.response.fields, b"cache-control") == b"no-store"
    assert b"<h1>" in result.response.content


@pytest.mark.parametrize("noted", [True, False, AWAY], ids=["released", "not ours", "away"])
def test_question_leaves_nothing_behind(noted: Reply | BaseException) -> None:
    """To ask is to claim, so what was not there is given back."""
    result = driven(unpark(get(address()), principal=ALICE), GRANTED, noted, None)

    assert isinstance(result.wants[0], Claim)
    assert result.wants[0].rerun  # or one that could not be given back would stay for a day
    assert result.wants[1] == Release(GRANTED)
    assert result.response.status == 410


def test_page_cannot_be_shown_without_a_ledger() -> None:
    """It may still be there in a moment."""
    request = get(address())._replace(fields=((b"accept", b"application/json"),))

    response = driven(unpark(request, principal=ALICE), AWAY, None).response

    assert (response.status, first(response.fields, b"retry-after")) == (503, b"5")
    assert json.loads(response.content)["type"] == "urn:seeother:problem:parked-page-away"


@pytest.mark.parametrize(
    ("path", "query", "written", "behind"),
    [
        ("/orders", b"", "next", "/next"),
        ("/orders/new", b"", "next", "/orders/next"),
        ("/orders/new", b"", "../cart", "/cart"),
        ("/orders/", b"", "7/pay", "/orders/7/pay"),
        ("/orders", b"a=1", "?page=2", "/orders?page=2"),
        ("/orders", b"a=1", "?", "/orders"),
        ("/订单/ü", b"", "x", "/%E8%AE%A2%E5%8D%95/x"),
    ],
)
def test_relative_links_of_the_page_lead_where_they_led(path: str, query: bytes, written: str, behind: str) -> None:
    """A browser resolves them against the address of its own, and is sent on to the one behind."""
    shown = address(POST._replace(path=path, query=query))

    request = get(joined(shown, written))
    result = driven(unpark(request, principal=ALICE), None)

    assert result.response.status == 307
    assert first(result.response.fields, b"location") == behind.encode()


def joined(base: str, reference: str) -> str:
    """The address that a browser asks for, its path as a server decodes it."""
    parts = urlsplit(urljoin("http://shop.example" + base, reference))
    if reference == "?":
        parts = parts._replace(query="")
    return unquote(parts.path) + (f"?{parts.query}" if parts.query else "")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_form_without_an_address_is_sent_where_it_was_sent(method: str) -> None:
    """It posts to the page's own address, which hands method and content on: nothing has happened yet."""
    result = driven(unpark(get(address(POST._replace(query=b"a=1")), method), principal=b""), None)

    assert result.response.status == 307
    assert first(result.response.fields, b"location") == b"/orders?a=1"


def test_prefix_of_a_proxy_is_put_back() -> None:
    """A proxy that strips `/shop` must find it on the way in."""
    shown = address(prefix="/shop")
    request = get(shown.removeprefix("/shop"), "POST")

    assert shown.startswith("/shop" + PARKED_PATH)
    assert (
        first(driven(unpark(request, principal=ALICE, prefix="/shop"), None).response.fields, b"location")
        == b"/shop/orders"
    )


@pytest.mark.parametrize(
    "path",
    [
        "",
        "x",
        TOKEN,
        f"{TOKEN}.{'0' * 16}",
        f"{TOKEN}.{'0' * 16}//evil.example/x",
        f"{TOKEN}.{'0' * 16}/../x",
        f"{TOKEN}.{'0' * 16}/{'x' * 4000}",
        f"{TOKEN}.{'0' * 15}/x",
        f"short.{'0' * 16}/x",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_address_that_we_never_gave_leads_nowhere(path: str, method: str) -> None:
    """Least of all to another host; the ledger is not asked."""
    result = driven(unpark(get(PARKED_PATH + path, method), principal=ALICE), None)

    assert result.kinds == [Respond]
    assert result.response.status == 410


def test_parked_addresses_are_known_by_their_path() -> None:
    """They are the guard's own."""
    assert is_parked(get(address()))
    assert is_parked(get(PARKED_PATH))
    assert not is_parked(POST)


SESSION: Field = (b"cookie", b"x=1; sessionid=s1")


def test_principal_is_who_is_on_the_journey_else_who_has_the_session() -> None:
    """Nobody is nobody, and the two kinds cannot be taken for each other."""
    request = POST._replace(fields=(SESSION,))

    assert parking_principal(request, journey_id="a") == b"journey a"
    assert parking_principal(request, journey_id="a", session="sessionid") == b"journey a"
    assert parking_principal(request, journey_id=None, session="sessionid") == b"session s1"
    assert parking_principal(request, journey_id=None) == b""
    assert parking_principal(POST, journey_id=None, session="sessionid") == b""


@pytest.mark.parametrize(
    ("lines", "principal"),
    [
        ([b"sessionid=s2; Path=/; HttpOnly"], b"session s2"),
        ([b"sessionid=s2", b"sessionid=s3"], b"session s3"),
        ([b"other=s2"], b"session s1"),
        ([b"sessionid=gone; Max-Age=0"], b""),
        ([b"sessionid="], b""),
        ([b"\x00"], b"session s1"),
    ],
)
def test_principal_is_the_one_after_the_answer(lines: list[bytes], principal: bytes) -> None:
    """A login gives a new session, and with it the person comes for the page."""
    request = POST._replace(fields=(SESSION,))
    answer = tuple((b"set-cookie", line) for line in lines)

    assert parking_principal(request, journey_id=None, session="sessionid", answer=answer) == principal


@given(path=st.text(), query=st.binary(), method=st.sampled_from(["GET", "HEAD", "POST"]), marked=st.booleans())
def test_any_address_is_answered(path: str, query: bytes, method: str, marked: bool) -> None:  # noqa: FBT001 - drawn
    """Whatever stands below the path, nothing is raised and nobody leaves the site."""
    below = f"{TOKEN}.{'0' * 16}/{path}" if marked else path

    response = on(MemoryLedger(), unpark(Request(method, PARKED_PATH + below, query), principal=ALICE))

    location = first(response.fields, b"location")
    assert response.status == (410 if location is None else 307)
    assert location is None or (location.startswith(b"/") and not location.startswith((b"//", b"/\\")))


@given(path=st.text().map(lambda text: "/" + text), query=st.binary(max_size=50))
@example(path="/", query=b"50%&a=%41")
def test_any_page_that_is_parked_is_found(path: str, query: bytes) -> None:
    """However the form's address was written."""
    ledger = MemoryLedger()
    moved = on(ledger, park(POST._replace(path=path, query=query), PAGE, TOKEN, principal=ALICE))
    if moved.status == 200:
        return

    location = (first(moved.fields, b"location") or b"").decode()
    sent, _, asked = location.partition("?")
    assert on(ledger, unpark(Request("GET", unquote(sent), asked.encode()), principal=ALICE)) == KEPT
