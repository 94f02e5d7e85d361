# SPDX-License-Identifier: Apache-2.0
"""Article chapter 4: a contract of statuses, control of the answer, what is observed, and a page for when all fails."""

import asyncio
import logging
from typing import Annotated

import pytest
from fastapi import FastAPI
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from seeother.asgi import Guard, response_control
from seeother.asgi.fastapi import install_contract
from seeother.message import Status
from seeother.policy import AlreadyStarted
from seeother.policy.pydantic import FailsWith, RedirectTarget
from seeother.settings import read_settings
from seeother.telemetry import JourneyFilter
from seeother.testing import collecting
from tests.article.asking import MACHINE, PERSON, SECRET, application, ask, guarded
from tests.seeother.telemetry.conftest import Sink

ORDERS = {"match": "POST /orders", "kind": "action"}
OWN = {**PERSON, "sec-fetch-site": "same-origin"}
CHECKOUT = {"step": [{"name": "order", "on": ["GET /orders", "POST /orders"]}]}


# --- 4.1 a contract of statuses --------------------------------------------------------------------------------------


def test_sample_enumeration_has_all_of_them_and_what_they_mean() -> None:
    """The sample lists six and leaves out 303; ours are the registered ones, with what follows from each."""
    assert [int(Status(code)) for code in (200, 201, 302, 400, 404, 409)] == [200, 201, 302, 400, 404, 409]
    assert int(Status.SEE_OTHER) == 303
    assert not Status.SEE_OTHER.preserves_method
    assert Status.TEMPORARY_REDIRECT.preserves_method
    assert Status.SEE_OTHER.needs_location


class Account(BaseModel):
    """The article's table of validators, with what is right of it."""

    email: Annotated[str, Field(pattern=r"^\S+@\S+$"), FailsWith(400)]
    redirect_uri: Annotated[str, RedirectTarget({"partner.example"}), FailsWith(409)]


def contracted() -> FastAPI:
    """The article's handler."""
    shop = FastAPI()
    install_contract(shop)

    @shop.post("/orders")
    def order(account: Account) -> Response:
        return RedirectResponse(account.redirect_uri, 303)

    return shop


@pytest.mark.parametrize(
    ("email", "target", "status"),
    [
        ("a@b", "/welcome", 303),
        ("a@b", "https://partner.example/", 303),
        ("", "/welcome", 400),
        ("a@b", "https://evil.example/", 409),
        ("", "https://evil.example/", 400),
    ],
)
async def test_sample_table_maps_fields_to_statuses(email: str, target: str, status: int) -> None:
    """`Email` fails with 400 and `RedirectURI` with 409, as the table has it; of two faults the first met counts."""
    content = f'{{"email": "{email}", "redirect_uri": "{target}"}}'.encode()

    answer = await ask(guarded(contracted()), fields={**MACHINE, "content-type": "application/json"}, content=content)

    assert answer.status_code == status


@pytest.mark.parametrize(
    "target", ["http://evil.example/", "https://evil.example/x", "//evil.example", "/\\evil.example"]
)
async def test_url_that_is_well_formed_may_lead_anywhere(target: str) -> None:
    """Claim: the validator `http_url` guards redirects. All of these are URLs; only a list of hosts refuses them."""
    content = f'{{"email": "a@b", "redirect_uri": "{target}"}}'.replace("\\", "\\\\").encode()

    answer = await ask(guarded(contracted()), fields={**MACHINE, "content-type": "application/json"}, content=content)

    assert answer.status_code == 409


async def test_status_outside_the_contract_is_found() -> None:
    """Claim: every redirect is declared by its type. What a route may answer is declared, and all else is found."""
    app = application(lambda request: Response(status_code=int(request.query_params["answer"])))
    shop = guarded(app, {**ORDERS, "success": [303], "errors": [409, 422]})

    with collecting() as findings:
        for status in (303, 409, 422, 404, 500):
            await ask(shop, path=f"/orders?answer={status}", fields=MACHINE)
        kept = [finding.rule for finding in findings if finding.rule == "ERR007"]
        await ask(shop, path="/orders?answer=200", fields=MACHINE)
        await ask(shop, path="/orders?answer=410", fields=MACHINE)

    assert kept == []
    assert [finding.status for finding in findings if finding.rule == "ERR007"] == [200, 410]


# --- 4.2 control of the answer ---------------------------------------------------------------------------------------


async def test_what_is_staged_leaves_with_the_redirect() -> None:
    """Claim: a cookie after the redirect is lost. True; before it, it is staged, from wherever in the code."""

    def login(_: Request) -> Response:
        response_control().cookie("session", "abc")
        response_control().field("X-Powered-By", "tea")
        return RedirectResponse("/login", 303)

    answer = await ask(guarded(application(login)))

    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert answer.headers["set-cookie"].startswith("session=abc; Path=/; ")
    assert answer.headers["x-powered-by"] == "tea"


async def test_sample_that_flushes_first_is_told_what_is_lost() -> None:
    """The sample flushes and redirects afterwards: the flush commits 200, and the redirect is gone, also in Go."""
    told: list[str] = []

    async def login(_scope: Scope, _receive: Receive, send: Send) -> None:
        control = response_control()
        await control.flush()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        with pytest.raises(AlreadyStarted) as caught:
            control.field("Location", "/login")
        told.append(str(caught.value))
        await send({"type": "http.response.body", "body": b"<p>", "more_body": False})

    answer = await ask(guarded(login), "GET")

    assert answer.status_code == 200
    assert told[0].startswith("the field `location` is lost: the answer has begun with status 200 and ")


async def test_redirect_that_says_all_in_one_head_needs_no_flush() -> None:
    """The intent, that proxies see certain fields: they are staged, and leave with the one head that there is."""

    def login(_: Request) -> Response:
        response_control().field("Vary", "Cookie")
        return RedirectResponse("/login", 302)

    answer = await ask(guarded(application(login)), "GET")

    assert (answer.status_code, answer.headers["location"], answer.headers["vary"]) == (302, "/login", "Cookie")


# --- 4.3 what is observed --------------------------------------------------------------------------------------------


def recording(app: object, sink: Sink) -> Guard:
    """The application behind a guard that records the checkout."""
    document = {
        "site": {"secrets": [SECRET]},
        "route": [ORDERS],
        "journey": {"checkout": CHECKOUT},
        "telemetry": {"endpoint": sink.endpoint},
    }
    return Guard(app, read_settings(document, {}))  # type: ignore[arg-type]


async def test_status_that_is_recorded_is_the_one_that_was_sent(sink: Sink) -> None:
    """The sample records what its wrapper saw; ours is the status after all repairs, by OpenTelemetry's name for it."""
    shop = recording(application(lambda _: RedirectResponse("/orders/7", 302)), sink)

    answer = await ask(shop, fields=OWN)
    await shop.aclose()
    spans = [span for received in sink.rest() if received.path == "/v1/traces" for span in received.spans()]

    assert answer.status_code == 303
    (span,) = spans
    assert {each.key: each.value.int_value for each in span.attributes}["http.response.status_code"] == 303


async def test_work_that_goes_on_elsewhere_knows_its_journey(caplog: pytest.LogCaptureFixture) -> None:
    """Claim: finalizers carry the trace across goroutines. Nothing does by itself but a context that is passed on."""
    log = logging.getLogger("tests.article")
    caplog.handler.addFilter(journeys := JourneyFilter())

    async def order(_: Request) -> Response:
        await asyncio.gather(asyncio.to_thread(log.warning, "thread"), asyncio.create_task(told("task")))
        return JSONResponse({}, background=BackgroundTask(log.warning, "background"))

    async def told(text: str) -> None:
        log.warning(text)

    answer = await ask(guarded(application(order), journey=CHECKOUT), "GET")
    caplog.handler.removeFilter(journeys)

    lines = {record.message: vars(record)["journey_id"] for record in caplog.records if record.name == log.name}
    assert lines == dict.fromkeys(["thread", "task", "background"], answer.headers["x-journey-id"])


# --- 4.4 a page for when all fails -----------------------------------------------------------------------------------


async def test_error_of_a_page_is_a_page_that_leads_on() -> None:
    """The intent: who meets an error is never left alone. An error is where a browser shows a body, a 302 is not."""
    app = application(lambda _: Response(status_code=502))

    answer = await ask(guarded(app, way_on="/cart"), "GET", fields=PERSON)

    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert '<a href="/cart">' in answer.text
    assert "<script" not in answer.text


async def test_machine_gets_no_page() -> None:
    """Claim: the page is for everyone. A program could not read it; it gets problem details in the same status."""
    app = application(lambda _: PlainTextResponse("Bad Gateway", 502))

    answer = await ask(guarded(app), "GET", fields=MACHINE)

    assert (answer.status_code, answer.headers["content-type"]) == (502, "application/problem+json")


async def test_crash_before_the_first_byte_is_a_page() -> None:
    """Whatever fails, template engine included: the page was rendered when the guard was made."""

    async def crashing(_scope: Scope, _receive: Receive, _send: Send) -> None:
        message = "the template engine is gone"
        raise RuntimeError(message)

    answer = await ask(guarded(crashing), "GET", fields=PERSON)

    assert (answer.status_code, answer.headers["cache-control"]) == (500, "no-store")
    assert "the template engine is gone" not in answer.text
    assert '<a href="/">' in answer.text


async def test_fallback_is_not_kept_by_a_cdn() -> None:
    """Claim: a CDN may cache the page. Then the failure outlives its cause: what says that it failed is not stored."""
    page = "<title>Something went wrong</title><h1>Something went wrong</h1>"
    app = application(lambda _: HTMLResponse(page, headers={"cache-control": "public, max-age=600"}))

    with collecting() as findings:
        answer = await ask(guarded(app), "GET", fields=PERSON)

    assert answer.headers["cache-control"] == "no-store"
    assert "FBK004" in {finding.rule for finding in findings}


async def test_sample_302_with_a_page_is_a_plain_redirect() -> None:
    """The sample writes its page into a 302: it is followed and never shown, and no rule minds the words in it."""
    page = '<meta http-equiv="refresh" content="0;url=/safe-landing"><a href="/safe-landing">Go on</a>'
    fields = {"location": "/safe-landing", "cache-control": "no-cache, no-store, must-revalidate"}
    app = application(lambda _: HTMLResponse(page, 302, headers=fields))

    with collecting() as findings:
        answer = await ask(guarded(app), "GET", fields=PERSON)

    assert (answer.status_code, answer.headers["location"], answer.text) == (302, "/safe-landing", page)
    assert findings == []
