# SPDX-License-Identifier: Apache-2.0
"""What a route may declare, on every ledger, by every way in: forms, people, callbacks, and whom to ask afterwards."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from urllib.parse import urlencode

import pytest

from seeother.message import Fields, Response
from seeother.policy import Inquiry, Outcome
from tests.contract.idempotency.conftest import Opened
from tests.contract.idempotency.site import CONTENT, KEY, MACHINE, Answer, Site

FORM = (b"content-type", b"application/x-www-form-urlencoded")
PERSON = ((b"accept", b"text/html"), (b"sec-fetch-mode", b"navigate"), (b"sec-fetch-site", b"same-origin"), FORM)
SESSION = (b"cookie", b"theme=dark; sessionid=1")
OTHER_SESSION = (b"cookie", b"sessionid=2")
KINDS = ("422", "402")


async def post(site: Site, kind: str = "", *, fields: Fields = (*PERSON, SESSION), **form: str) -> Answer:
    """Send a form as a browser does, with a token that is new each time."""
    tokens = [("csrf_token", str(len(site.world.runs))), ("sku", "tea")]
    return await site.ask(kind, None, content=urlencode([*tokens, *form.items()]).encode(), fields=fields)


async def test_form_sent_twice_is_one_action(open_site: Opened) -> None:
    """Both clicks get the first answer, cookies and all; another content and another person are other actions."""
    site = await open_site(idempotency="form")

    first, second = await post(site, "cookie"), await post(site, "cookie")
    other = await post(site, "cookie", quantity="2")
    somebody = await post(site, "cookie", fields=(*PERSON, OTHER_SESSION))

    assert (second.content, second.replayed) == (first.content, True)
    assert second.get(b"set-cookie") == first.get(b"set-cookie") == [b"a=1", b"b=2; Path=/"]
    assert [other.content, somebody.content] == [b'{"run":2}', b'{"run":3}']


async def test_form_of_nobody_is_nobody_else_s_duplicate(open_site: Opened) -> None:
    """Two strangers who send the same each have their action, and each one's own cookies."""
    site = await open_site(idempotency="form")

    answers = [await post(site, "cookie", fields=PERSON) for _ in range(2)]

    assert [answer.content for answer in answers] == [b'{"run":1}', b'{"run":2}']
    assert not any(answer.replayed for answer in answers)


async def test_shops_behind_one_guard_have_keys_of_their_own(open_site: Opened) -> None:
    """Where the route says so, neither gets the other's answer, nor is told that its key was used."""
    site = await open_site(idempotency="required", principal="shared", per_host=True)

    answers = [
        await site.ask(content=content, fields=(*MACHINE, (b"host", host)))
        for host, content in ((b"a.test", b"1"), (b"b.test", b"1"), (b"c.test", b"2"), (b"a.test", b"1"))
    ]

    assert [(answer.content, answer.replayed) for answer in answers] == [
        (b'{"run":1}', False),
        (b'{"run":2}', False),
        (b'{"run":3}', False),
        (b'{"run":1}', True),
    ]


async def test_form_with_a_key_is_told_by_it(open_site: Opened) -> None:
    """Two of the same are two, where the client says so."""
    site = await open_site(idempotency="form")

    answers = [await site.ask(key=key) for key in ('"k1"', '"k2"', '"k1"')]

    assert [answer.content for answer in answers] == [b'{"run":1}', b'{"run":2}', b'{"run":1}']


async def test_form_shown_again_reaches_who_waits_and_is_soon_forgotten(open_site: Opened) -> None:
    """Declared as dialogue or not: whoever sends the same once more a while later has a reason to."""
    site = await open_site(idempotency="form", dialogue=[422])

    first, again = [await post(site, kind) for kind in KINDS], [await post(site, kind) for kind in KINDS]
    assert [answer.replayed for answer in again] == [True, True]
    while any(answer.replayed for answer in again):
        await asyncio.sleep(0.05)
        again = [await post(site, kind) if now.replayed else now for kind, now in zip(KINDS, again, strict=True)]

    assert [answer.content for answer in first] == [b'{"run":1}', b'{"run":2}']
    assert {answer.content for answer in again} == {b'{"run":3}', b'{"run":4}'}


async def test_form_that_failed_is_unknown(open_site: Opened) -> None:
    """Mode form does not run it again either."""
    site = await open_site(idempotency="form")

    await post(site, "500")
    again = await post(site, "500")

    assert (again.status, len(site.world.runs)) == (409, 1)
    assert b"We are not sure yet" in again.content


async def test_second_click_of_a_person_is_held(open_site: Opened) -> None:
    """Until there is an answer; a script that sends the same is told to come again."""
    site = await open_site(idempotency="form")
    first = asyncio.ensure_future(post(site, "wait"))
    await site.begun()
    second = asyncio.ensure_future(post(site, "wait"))
    script = await post(site, "wait", fields=((b"accept", b"*/*"), (b"sec-fetch-mode", b"cors"), FORM, SESSION))

    assert not second.done()
    site.world.go.set()
    answers = await asyncio.gather(first, second)

    assert script.status == 409
    assert [answer.content for answer in answers] == [b'{"run":1}'] * 2
    assert len(site.world.runs) == 1


async def test_person_beyond_the_seats_gets_a_page(open_site: Opened) -> None:
    """With a way on; the browser does not send the form again by itself."""
    site = await open_site(idempotency="form")
    site.seats(per_key=1, most=1)
    first = asyncio.ensure_future(post(site, "wait"))
    await site.begun()
    clicks = [asyncio.ensure_future(post(site, "wait")) for _ in range(3)]
    while sum(click.done() for click in clicks) < 2:  # noqa: ASYNC110 - tasks tell of nothing but their end
        await asyncio.sleep(0.005)

    pages = [click.result() for click in clicks if click.done()]
    site.world.go.set()
    held = await asyncio.gather(first, *clicks)

    assert {page.status for page in pages} == {409}
    assert all(b'<a href="/">' in page.content and page.get(b"retry-after") for page in pages)
    assert not any(page.get(b"refresh") for page in pages)
    assert sum(answer.content == b'{"run":1}' for answer in held) == 2


async def test_login_does_not_make_the_same_form_another_action(open_site: Opened) -> None:
    """The answer changes the session's cookie; Back and a second click come with the new one."""
    site = await open_site()
    forms = [((*MACHINE[:2], (b"cookie", b"sessionid=" + value)), "login") for value in (b"before", b"after")]

    answers = [await site.ask(kind, fields=fields) for fields, kind in forms]

    assert [(answer.status, answer.replayed) for answer in answers] == [(303, False), (303, True)]
    assert len(site.world.runs) == 1


@pytest.mark.parametrize(
    ("event_id", "fields", "content"),
    [
        ("header:webhook-id", (*MACHINE[:2], (b"webhook-id", b"msg_1")), CONTENT),
        ("header:X-Event-Id", (*MACHINE[:2], (b"x-event-id", b"msg_1")), CONTENT),
        ("json:data.id", MACHINE[:2], b'{"data": {"id": "msg_1"}}'),
        ("form:txn_id", (FORM,), b"txn_id=msg_1&status=paid"),
    ],
)
async def test_callback_s_duplicate_is_answered_2xx(
    open_site: Opened, event_id: str, fields: Fields, content: bytes
) -> None:
    """Its sender would send it again for days otherwise; the article's 409 is for whoever declares it."""
    site = await open_site(kind="callback", idempotency="callback", event_id=event_id)

    answers = [await site.ask("204", None, fields=fields, content=content) for _ in range(3)]

    assert [(answer.status, answer.replayed) for answer in answers] == [(204, False), (204, True), (204, True)]
    assert len(site.world.runs) == 1


async def test_callback_that_was_refused_is_tried_again(open_site: Opened) -> None:
    """Only what succeeded is known."""
    site = await open_site(kind="callback", idempotency="callback")
    message = (*MACHINE[:2], (b"webhook-id", b"msg_1"))

    statuses = [
        (await site.ask(kind, None, fields=message)).status for kind in ("402", "402", "503", "503", "204", "204")
    ]

    assert statuses == [402, 402, 503, 503, 204, 204]
    assert len(site.world.runs) == 5


@dataclass
class Clerk:
    """Looks up what became of an action; kept where settings find it."""

    says: Response | Outcome | Exception = Outcome.STILL_UNKNOWN
    asked: list[Inquiry] = field(default_factory=list[Inquiry])

    def look(self, inquiry: Inquiry) -> Response | Outcome:
        """As an application's function."""
        self.asked.append(inquiry)
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


CLERK = Clerk()


def reconcile(inquiry: Inquiry) -> Response | Outcome:
    """What a route names."""
    return CLERK.look(inquiry)


def reconcile_later(inquiry: Inquiry) -> Awaitable[Response | Outcome]:
    """The same as a coroutine."""

    async def looked() -> Response | Outcome:
        return CLERK.look(inquiry)

    return looked()


HOOKS = [f"{__name__}:reconcile", f"{__name__}:reconcile_later"]


@pytest.fixture
def clerk() -> Clerk:
    """A fresh one."""
    CLERK.says, CLERK.asked = Outcome.STILL_UNKNOWN, []
    return CLERK


@pytest.mark.parametrize("hook", HOOKS, ids=["function", "coroutine"])
async def test_reconciler_knows_what_became_of_it(open_site: Opened, clerk: Clerk, hook: str) -> None:
    """Its answer is the first one's from then on, and it is asked once."""
    site = await open_site(reconcile=hook)
    clerk.says = Response(303, ((b"location", b"/orders/7"),), b"see there")
    await site.ask("raise")

    answers = [await site.ask("raise") for _ in range(2)]

    assert [(each.status, each.get(b"location"), each.replayed) for each in answers] == [
        (303, [b"/orders/7"], True)
    ] * 2
    assert len(site.world.runs) == 1
    (inquiry,) = clerk.asked
    assert (inquiry.key, inquiry.content, inquiry.request.path) == (KEY.strip('"'), CONTENT, "/probe")


async def test_reconciler_may_promise_that_nothing_happened(open_site: Opened, clerk: Clerk) -> None:
    """Then the action is run, once."""
    site = await open_site(reconcile=HOOKS[0])
    await site.ask("500")
    clerk.says = Outcome.NOTHING_HAPPENED

    again = await site.ask("500")

    assert (again.status, again.problem, len(site.world.runs), len(clerk.asked)) == (500, "", 2, 1)


@pytest.mark.parametrize("says", [Outcome.STILL_UNKNOWN, ValueError("the clerk's own")], ids=["unknown", "failed"])
async def test_reconciler_that_does_not_know_is_asked_again(
    open_site: Opened, clerk: Clerk, says: Outcome | Exception
) -> None:
    """And nothing is run meanwhile."""
    site = await open_site(reconcile=HOOKS[0])
    clerk.says = says
    await site.ask("500")

    answers = [await site.ask("500") for _ in range(2)]

    assert [(each.status, each.problem) for each in answers] == [(409, "outcome-unknown")] * 2
    assert (len(clerk.asked), len(site.world.runs)) == (2, 1)
