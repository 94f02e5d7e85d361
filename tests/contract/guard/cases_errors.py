# SPDX-License-Identifier: Apache-2.0
"""What the guard promises about errors, waiting, and answers that break."""

from tests.contract.guard.cases_redirects import LINKED, ORDER, POST, to
from tests.contract.guard.exchange import JSON, MACHINE, PAGE, Ask, Case, Expect, Reply

PLAIN = ((b"content-type", b"text/plain; charset=utf-8"),)
GET = Ask("GET", "/products/tea")
GET_BY_MACHINE = Ask("GET", "/products/tea", by=MACHINE)
PROBLEM = ("content-type", "application/problem+json")
SPEAK_JSON = ("asgi-fastapi", "asgi-litestar")  # also to who has not asked for it
SCRIPT = ((b"host", b"shop.example"), (b"accept", b"*/*"), (b"sec-fetch-mode", b"cors"))
EVENTS = ((b"content-type", b"text/event-stream"),)
NO_STORE = ("cache-control", "no-store")
OUTCOME = ("location", "/.seeother/outcome")
SAFE = b"Your order is safe"
# It answers 500 to whatever a route raises, and raises it all the same.
STARLETTE = ("asgi-starlette", "asgi-starlette-middleware", "asgi-fastapi")
FRAMEWORKS = frozenset({
    "asgi-starlette", "asgi-starlette-middleware", "asgi-fastapi", "asgi-litestar",
    "wsgi-flask", "wsgi-django", "django-middleware", "proxy-starlette", "proxy-flask", "proxy-django",
})  # fmt: skip
OWN_PAGE = b'<!doctype html><title>Gone</title><a href="/shop">Shop</a>'
OWN = b'{"error": "sold out"}'

CASES = (
    Case("a framework's own 404 is a page for people", Reply(aborts=404), (
        (GET, Expect(404, {"FBK002+"}, has=[("content-language", "en, zh-Hans")], says=b'<a href="/shop">')),
    ), site='way_on = "/shop"'),
    *[
        Case(f"and problem details for machines: {status}", Reply(aborts=status), (
            (GET_BY_MACHINE, Expect(status, {"ERR002+"}, has=[PROBLEM], says=b'"status": %d' % status)),
        ), only=FRAMEWORKS)
        for status in (400, 403, 404)
    ],
    Case("which say the same to who takes anything", Reply(aborts=404), (
        (Ask("GET", "/products/tea", by=SCRIPT), Expect(404)),
    ), only=FRAMEWORKS, differs=tuple([
        (adapter, Expect(404, {"ERR002+"}, has=[PROBLEM], says=b'"detail": "Not Found"')) for adapter in SPEAK_JSON
    ])),
    Case("unless a route leaves it at the report", Reply(aborts=404), (
        (GET_BY_MACHINE, Expect(404, {"ERR002"}, lacks=["vary"])),
    ), only=frozenset(SPEAK_JSON), site='leave = ["ERR002"]'),
    Case("an application's own error stays", Reply(409, JSON, (OWN,)), (
        (GET_BY_MACHINE, Expect(409, content=OWN)),
    )),
    Case("an application's own page stays", Reply(404, PAGE, (OWN_PAGE,)), (
        (GET, Expect(404, content=OWN_PAGE)),
    )),
    Case("a status outside of the contract is told", Reply(410, JSON, (OWN,)), (
        (GET_BY_MACHINE, Expect(410, {"ERR007"}, content=OWN)),
    ), more='[[route]]\nmatch = "GET /products/tea"\nkind = "routing"\nsuccess = [200]\nerrors = [404]\n'),
    Case("503 says when to come back", Reply(503, PLAIN, (b"busy",)), (
        (GET_BY_MACHINE, Expect(503, {"ERR002", "RTY001+"}, content=b"busy")),
    )),
    Case("429 with a date says seconds", Reply(429, (*PLAIN, (b"retry-after", b"soon")), (b"busy",)), (
        (GET_BY_MACHINE, Expect(429, {"ERR002", "RTY002+"}, content=b"busy")),
    )),
    Case("a failure of the application becomes a page", Reply(pieces=(), breaks=True), (
        (GET, Expect(500, {"FBK002+"}, says=SAFE)),
    ), differs=(
        ("asgi", Expect(500, has=[NO_STORE], says=SAFE, fails=True)),
        ("wsgi", Expect(500, has=[NO_STORE], says=SAFE, fails=True)),
        *[(each, Expect(500, {"FBK002+"}, says=SAFE, fails=True)) for each in STARLETTE],
    )),
    Case("and problem details", Reply(pieces=(), breaks=True), (
        (GET_BY_MACHINE, Expect(500, {"ERR002+"}, has=[PROBLEM])),
    ), differs=(
        ("asgi", Expect(500, has=[PROBLEM, NO_STORE], fails=True)),
        ("wsgi", Expect(500, has=[PROBLEM, NO_STORE], fails=True)),
        *[(each, Expect(500, {"ERR002+"}, has=[PROBLEM], fails=True)) for each in STARLETTE],
    )),
    Case("an action that failed leads to where its outcome is told", Reply(pieces=(), breaks=True), (
        (POST, Expect(303, {"FBK002+", "JNY006"}, has=[OUTCOME])),
    ), more=ORDER, runs=1, differs=(
        ("asgi", Expect(303, {"JNY006"}, has=[OUTCOME], fails=True)),
        ("wsgi", Expect(303, {"JNY006"}, has=[OUTCOME], fails=True)),
        *[(each, Expect(303, {"FBK002+", "JNY006"}, has=[OUTCOME], fails=True)) for each in STARLETTE],
    )),
    Case("also where its failed answer streams", Reply(500, JSON, (b"one", b"two", b"three")), (
        (POST, Expect(303, {"FBK002", "JNY006"}, has=[OUTCOME], says=b"/.seeother/outcome")),
    ), more=ORDER, runs=1),
    Case("also where its head has gone alone", Reply(500, EVENTS, (b"one", b"two", b"three")), (
        (POST, Expect(303, {"JNY006"}, has=[OUTCOME], says=b"/.seeother/outcome")),
    ), more=ORDER, runs=1),
    Case("where the outcome is told", Reply(), (
        (Ask("GET", "/.seeother/outcome"), Expect(200, has=[NO_STORE], says=b"<html")),
    ), runs=0),
    Case("a stream that breaks is told", Reply(pieces=(b"one", b"two"), breaks=True), (
        (GET, Expect(200, {"ERR006"}, content=b"onetwo", ended=False, fails=True)),
    ), differs=(
        # It ends the answer as if it were whole, and raises when everybody is content.
        ("asgi-starlette-middleware", Expect(200, content=b"onetwo", fails=True)),
        # From outside: a chunk that never comes is a cut, the end of an answer without a length may be its end.
        *[(each, Expect(200, {"ERR006"}, content=b"onetwo", ended=False)) for each in ("proxy", "proxy-starlette")],
        *[(each, Expect(200, content=b"onetwo")) for each in ("proxy-flask", "proxy-django")],
    )),
    Case("a second head takes the first one's place", Reply(200, PAGE, (), second=to()), (
        (POST, Expect(303, {"ERR005", "RED001+"}, content=LINKED)),
    ), only=frozenset({"asgi", "wsgi"})),
    Case("a redirect that comes too late becomes a link", Reply(second=to()), (
        (POST, Expect(200, {"ERR005"}, says=b'<meta http-equiv="refresh" content="0;url=/orders/7">')),
    ), only=frozenset({"asgi", "wsgi"})),
    Case("but nothing is added to what has a length", Reply(
        200, (*PAGE, (b"content-length", b"4")), (b"page",), second=to()
    ), (
        (GET, Expect(200, {"ERR005"}, content=b"page")),
    ), only=frozenset({"asgi", "wsgi"})),
    Case("streams go on streaming", Reply(pieces=(b"one", b"two", b"three")), (
        (GET, Expect(200, content=b"onetwothree", lacks=["content-length"])),
    )),
    Case("what is staged leaves with an error, too", Reply(404, PAGE, (OWN_PAGE,), cookie=b"tea"), (
        (GET, Expect(404, has=[("set-cookie", "basket=tea; Path=/; HttpOnly; SameSite=Lax")])),
    )),
)  # fmt: skip
