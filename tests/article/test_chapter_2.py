# SPDX-License-Identifier: Apache-2.0
"""Article chapter 2: what a redirect may say, when it comes too late, what it sends along, and where it leads."""

import re

import pytest
from starlette.requests import Request as Asked
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import Message, Receive, Scope, Send

from seeother.asgi import response_control
from seeother.errors import CallerError
from seeother.message import Request, resolve
from seeother.policy import AlreadyStarted, hand_off, preload, redirect
from seeother.rules import CATALOGUE
from seeother.testing import collecting
from tests.article.asking import MACHINE, PERSON, Application, application, ask, guarded

ORDERS = {"match": "POST /orders", "kind": "action"}
OWN = {**PERSON, "sec-fetch-site": "same-origin"}
FORM = {**OWN, "content-type": "application/x-www-form-urlencoded"}
CARD = b"card=4242424242424242&_csrf=token"


def raw(*messages: Message) -> Application:
    """An application that sends these messages, whatever it is asked."""

    async def answering(_scope: Scope, _receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)

    return answering


def head(status: int, **fields: str) -> Message:
    """A response head."""
    lines = [(name.encode(), value.encode()) for name, value in fields.items()]
    return {"type": "http.response.start", "status": status, "headers": lines}


def part(content: bytes, *, more: bool = False) -> Message:
    """A piece of content."""
    return {"type": "http.response.body", "body": content, "more_body": more}


PAGE = {"content-type": "text/html; charset=utf-8"}


# --- 2.1 the five redirects ------------------------------------------------------------------------------------------


async def test_what_is_judged_is_the_code_that_is_sent() -> None:
    """Claim: http.Redirect defaults to 302. It has no default; whatever the call looked like, the answer counts."""
    shop = guarded(application(lambda _: RedirectResponse("/orders/7", 301)), ORDERS)

    assert (await ask(shop, fields=OWN)).status_code == 303


def test_no_rule_stands_on_an_rfc_that_is_gone() -> None:
    """Claim: it follows RFC 7231. That and its siblings were obsoleted in June 2022."""
    gone = re.compile(r"RFC (2616|2068|723[0-5])\b")

    assert [rule.code for rule in CATALOGUE if gone.search(rule.source)] == []


@pytest.mark.parametrize("status", [200, 201, 300, 304, 399, 404])
async def test_other_codes_are_refused_before_a_byte_is_sent(status: int) -> None:
    """Claim: a code that is no redirect panics. In Go it goes out; here the caller hears of it, the client of a 500."""

    def answering(_: Asked) -> Response:
        return Response(status_code=redirect("/new-path", status).status)

    answer = await ask(guarded(application(answering)), "GET", fields=MACHINE)

    assert answer.status_code == 500
    assert "location" not in answer.headers
    with pytest.raises(CallerError, match="301, 302, 303, 307, 308"):
        redirect("/new-path", status)


async def test_location_that_no_browser_follows_is_found() -> None:
    """What Go does with 200: the person stays where they are, and a rule says why."""
    app = application(lambda _: PlainTextResponse("done", 200, headers={"location": "/orders/7"}))

    with collecting() as findings:
        await ask(guarded(app), fields=PERSON)

    assert "RED004" in {finding.rule for finding in findings}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirect_has_a_link_for_whoever_does_not_follow(status: int) -> None:
    """Claim: 301 has no body, 302 and 303 may. Each ought to have a note with a link (RFC 9110 section 15.4.4)."""
    app = application(lambda _: Response(status_code=status, headers={"location": "/new-path"}))

    answer = await ask(guarded(app), "GET", fields=PERSON)

    assert (answer.status_code, answer.headers["location"]) == (status, "/new-path")
    assert '<a href="/new-path">' in answer.text


@pytest.mark.parametrize(
    ("method", "status", "sent"),
    [("POST", 301, 303), ("POST", 302, 303), ("POST", 303, 303), ("PUT", 302, 303), ("DELETE", 302, 303),
     ("POST", 307, 307), ("POST", 308, 308)],
)  # fmt: skip
async def test_table_of_semantics_holds_for_a_declared_action(method: str, status: int, sent: int) -> None:
    """The article's table: who may change the method is told by 303; who must keep it, by 307 and 308."""
    app = application(lambda _: RedirectResponse("/done", status))

    answer = await ask(guarded(app, {"match": f"{method} /orders", "kind": "action"}), method, fields=OWN)

    assert answer.status_code == sent


# --- 2.2 a redirect that comes too late ------------------------------------------------------------------------------


async def test_redirect_after_the_first_words_of_a_page_still_leads_on() -> None:
    """Claim: it panics. In Go it is lost in silence: here the open page gets a link and a meta refresh."""
    app = raw(head(200, **PAGE), part(b"partial response", more=True), head(302, location="/login"), part(b""))

    with collecting() as findings:
        answer = await ask(guarded(app), "GET", fields=PERSON)

    assert answer.status_code == 200
    assert answer.text.startswith("partial response")
    assert '<a href="/login">' in answer.text
    assert '<meta http-equiv="refresh" content="0;url=/login">' in answer.text
    assert [finding.rule for finding in findings] == ["ERR005"]


async def test_late_redirect_does_not_lead_off_the_site() -> None:
    """What is appended is held to the same list as a Location."""
    app = raw(head(200, **PAGE), part(b"partial", more=True), head(302, location="//evil.example/"), part(b""))

    answer = await ask(guarded(app), "GET", fields=PERSON)

    assert "evil" not in answer.text


async def test_second_head_takes_the_place_of_one_that_has_not_left() -> None:
    """As long as nothing was sent, the application may change its mind, and the finding says that it did."""
    app = raw(head(200, **PAGE), head(303, location="/login"), part(b""))

    with collecting() as findings:
        answer = await ask(guarded(app), "GET", fields=PERSON)

    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert "ERR005" in {finding.rule for finding in findings}


async def test_application_can_ask_whether_the_head_has_left() -> None:
    """Claim: WasWritten() says so. There is no such function in Go; here it is `response_control().started`."""
    told: list[bool] = []

    async def answering(_scope: Scope, _receive: Receive, send: Send) -> None:
        told.append(response_control().started)
        await send(head(200, **PAGE))
        told.append(response_control().started)
        await send(part(b"first words", more=True))
        told.append(response_control().started)
        await send(part(b""))

    await ask(guarded(answering), "GET")

    assert told == [False, False, True]


# --- 2.3 what 307 sends along, and who may send a form ---------------------------------------------------------------


async def test_307_that_carries_a_card_elsewhere_is_found_and_repaired_where_asked_for() -> None:
    """Claim: only 307 is safe. It sends card and token to another origin (RFC 9700 section 4.12 forbids it)."""
    app = application(lambda _: RedirectResponse("https://pay.example/take", 307))
    wanted = {**ORDERS, "repair": ["RED003"]}

    with collecting() as findings:
        sent = await ask(guarded(app, ORDERS), fields=FORM, content=CARD)
        repaired = await ask(guarded(app, wanted), fields=FORM, content=CARD)

    assert (sent.status_code, repaired.status_code) == (307, 303)
    assert {finding.rule for finding in findings} >= {"RED003"}


def test_hand_off_is_303_and_307_only_at_home() -> None:
    """The article's advice turned round: 303 after the action, 307 only before anything has happened, on the site."""
    request = Request("POST", "/orders", scheme="https", authority=b"shop.example")

    assert hand_off("/success").status == 303
    assert hand_off("/success", preserve_method=True, request=request).status == 307
    with pytest.raises(CallerError, match="use 303"):
        hand_off("https://pay.example/", preserve_method=True, allowed=frozenset({"pay.example"}), request=request)


async def test_sample_middleware_lets_the_checked_form_reach_the_application() -> None:
    """The sample never calls its next handler after a POST; a form that was checked is answered by the application."""
    reached: list[bytes] = []

    async def success(request: Asked) -> Response:
        reached.append(await request.body())
        return RedirectResponse("/success", 303)

    answer = await ask(guarded(application(success), ORDERS), fields=FORM, content=b"tea=Assam")

    assert (answer.status_code, reached) == (303, [b"tea=Assam"])


@pytest.mark.parametrize("more", [{}, {"x-requested-with": "XMLHttpRequest"}])
async def test_sample_s_field_does_not_skip_the_check(more: dict[str, str]) -> None:
    """In the sample whoever sends X-Requested-With is not checked; only what a page cannot set decides."""
    app = application(lambda _: RedirectResponse("/success", 303))
    foreign = {**FORM, "sec-fetch-site": "cross-site", "origin": "https://evil.example", **more}

    with collecting() as findings:
        answer = await ask(guarded(app, ORDERS), fields=foreign, content=CARD)

    assert answer.status_code == 403
    assert "FRM002" in {finding.rule for finding in findings}


@pytest.mark.parametrize("kind", ["callback", "return", None])
async def test_only_declared_actions_are_refused(kind: str | None) -> None:
    """A provider's callback and the way back from it come from elsewhere by nature; undeclared routes are reported."""
    app = application(lambda _: RedirectResponse("/success", 303))
    routes = [] if kind is None else [{"match": "POST /orders", "kind": kind}]
    foreign = {**FORM, "sec-fetch-site": "cross-site", "origin": "https://pay.example"}

    with collecting() as findings:
        answer = await ask(guarded(app, *routes), fields=foreign, content=CARD)

    assert answer.status_code == 303
    assert ("FRM002" in {finding.rule for finding in findings}) is (kind is None)


# --- 2.4 where a Location leads --------------------------------------------------------------------------------------


def test_relative_location_leads_to_whom_was_asked() -> None:
    """Claim: it is completed by the page's origin. It resolves against the request's target (RFC 9110 10.2.2)."""
    fields = ((b"origin", b"http://frontend.example"), (b"referer", b"http://frontend.example/cart"))
    request = Request("POST", "/pay", scheme="https", authority=b"api.example.com", fields=fields)

    target = resolve(request, b"/dashboard")

    assert target is not None
    assert (str(target.origin), target.path) == ("https://api.example.com", "/dashboard")


async def test_sample_relative_redirect_is_left_as_it_is() -> None:
    """The sample marked as wrong, `c.Redirect(…, "/dashboard")`, is what we prefer, and nothing is found about it."""
    app = application(lambda _: RedirectResponse("/dashboard", 302))

    with collecting() as findings:
        answer = await ask(guarded(app), "GET", fields=MACHINE)

    assert (answer.status_code, answer.headers["location"]) == (302, "/dashboard")
    assert findings == []


def recipe(request: Asked) -> Response:
    """The article's recipe: a Location from X-Forwarded-Host, else from Host."""
    host = request.headers.get("x-forwarded-host") or request.headers["host"]
    scheme = request.headers.get("x-forwarded-proto") or "https"
    return RedirectResponse(f"{scheme}://{host}/dashboard", 302)


async def test_sample_recipe_lets_no_stranger_choose_the_host() -> None:
    """The recipe sends people wherever a client says; with trusted proxies, what strangers forward is taken away."""
    shop = guarded(application(recipe), trusted_proxies=["10.0.0.0/8"])

    answer = await ask(shop, "GET", fields={**MACHINE, "x-forwarded-host": "evil.example"})

    assert answer.headers["location"] == "/dashboard"


async def test_trusted_proxy_is_believed_and_the_location_is_relative_all_the_same() -> None:
    """What a trusted proxy says is the site's address; a Location that leads there needs no host."""
    shop = guarded(application(recipe), trusted_proxies=["10.0.0.0/8"], public_url="https://api.example.com")
    fields = {**MACHINE, "x-forwarded-host": "api.example.com", "x-forwarded-proto": "https"}

    with collecting() as findings:
        answer = await ask(shop, "GET", fields=fields, client="10.0.0.1")

    assert answer.headers["location"] == "/dashboard"
    assert {finding.rule for finding in findings} == {"PRX004"}


@pytest.mark.parametrize("target", ["//evil.example/", "/\\evil.example/", "/\tx"])
async def test_location_that_leaves_the_site_unseen_is_refused(target: str) -> None:
    """What the article's recipe does not ask: whether a target that looks relative is one."""
    app = raw(head(302, location=target), part(b""))

    with collecting() as findings:
        answer = await ask(guarded(app), "GET", fields=PERSON)

    assert answer.status_code == 409
    assert "location" not in answer.headers
    assert ("SEC002", True) in [(finding.rule, finding.repaired) for finding in findings]


async def test_host_off_the_list_is_refused() -> None:
    """With `redirect_hosts`, absolute redirects lead to the hosts on it and to no other."""
    targets = {"/orders/1": "https://pay.example/7", "/orders/2": "https://evil.example/"}
    app = application(lambda request: RedirectResponse(targets[request.url.path], 303), "/orders/{number}")
    shop = guarded(app, redirect_hosts=["pay.example"], public_url="https://shop.example")

    listed, other = [await ask(shop, "GET", path, fields=PERSON) for path in targets]

    assert (listed.status_code, listed.headers["location"]) == (303, "https://pay.example/7")
    assert other.status_code == 409
    assert "location" not in other.headers


# --- 2.5 push --------------------------------------------------------------------------------------------------------


async def test_push_before_a_redirect_does_it_no_harm() -> None:
    """Claim: push breaks the redirect behind it. It is useless and harmless: it is not sent, and the redirect is."""
    push: Message = {"type": "http.response.push", "path": "/style.css", "headers": []}
    app = raw(push, head(302, location="/new-path"), part(b""))

    with collecting() as findings:
        answer = await ask(guarded(app), "GET", fields=MACHINE)

    assert (answer.status_code, answer.headers["location"]) == (302, "/new-path")
    assert [finding.rule for finding in findings] == ["FBK005"]


async def test_preload_links_take_the_place_of_push() -> None:
    """Claim: use preload instead. True; over HTTP/2 it goes out in a 103 as well."""

    async def answering(_: Asked) -> Response:
        await response_control().early_hints(preload("/style.css", "style"))
        return HTMLResponse("<h1>Tea</h1>")

    answer = await ask(guarded(application(answering)), "GET")

    assert answer.headers["link"] == "</style.css>; rel=preload; as=style"


async def test_hints_after_the_head_are_refused_in_words() -> None:
    """What comes too late is no panic and not lost in silence."""
    refused: list[str] = []

    async def answering(_scope: Scope, _receive: Receive, send: Send) -> None:
        control = response_control()
        await send(head(200, **PAGE))
        await send(part(b"first words", more=True))
        with pytest.raises(AlreadyStarted) as caught:
            await control.early_hints(preload("/style.css", "style"))
        refused.append(str(caught.value))
        await send(part(b""))

    await ask(guarded(answering), "GET")

    assert "the answer has begun with status 200" in refused[0]
