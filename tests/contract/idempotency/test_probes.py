# SPDX-License-Identifier: Apache-2.0
"""The table of resilience probes, row by row: what peers get wrong, on every ledger, by every way in.

A row is harmful when the action runs twice, when a stranger or another request is given an answer, when an answer is
changed or lost, or when a key stays locked although its action is done.
"""

import asyncio
import sys

import pytest

from tests.contract.idempotency.conftest import Opened
from tests.contract.idempotency.site import KEY, MACHINE

BUSY = 20


async def test_concurrent_requests_with_one_key_run_once_and_machines_are_told_to_come_again(open_site: Opened) -> None:
    """One run, all others 409 with Retry-After; whoever comes later gets the answer."""
    site = await open_site()
    first = asyncio.ensure_future(site.ask("wait"))
    await site.begun()

    others = await asyncio.gather(*[site.ask("wait") for _ in range(BUSY - 1)])
    site.world.go.set()

    assert {(other.status, other.problem) for other in others} == {(409, "in-progress")}
    assert all(int(other.get(b"retry-after")[0]) >= 1 for other in others)
    earlier, later = await first, await site.ask("wait")
    assert (earlier.status, later.status, later.replayed, later.content) == (201, 201, True, b'{"run":1}')
    assert site.world.runs == ["/probe"]


async def test_concurrent_requests_are_held_where_that_is_declared(open_site: Opened) -> None:
    """One run, and everybody who is held gets its answer; in threads only a few are held."""
    site = await open_site(in_flight="wait")
    all_of_them = [asyncio.ensure_future(site.ask("wait")) for _ in range(BUSY)]
    await site.begun()
    held = 3 if site.in_threads else BUSY  # the first and two others
    while sum(each.done() for each in all_of_them) < BUSY - held:  # noqa: ASYNC110 - tasks tell of nothing but their end
        await asyncio.sleep(0.005)
    site.world.go.set()

    answers = await asyncio.gather(*all_of_them)

    assert site.world.runs == ["/probe"]
    assert [answer.content for answer in answers if answer.status == 201] == [b'{"run":1}'] * held
    assert sum(answer.replayed for answer in answers) == held - 1
    assert {(answer.status, answer.problem) for answer in answers} <= {(201, ""), (409, "in-progress")}


@pytest.mark.parametrize("kind", ["raise", "500"])
async def test_failure_is_unknown_and_not_run_again(open_site: Opened, kind: str) -> None:
    """Whether it had an effect nobody knows: 409 that says so, not a silent second run."""
    site = await open_site()

    first, again = await site.ask(kind), await site.ask(kind)

    assert (first.status, first.failure is not None) == (500, kind == "raise")
    assert (again.status, again.problem) == (409, "outcome-unknown")
    assert len(site.world.runs) == 1


@pytest.mark.parametrize("kind", ["raise", "500"])
async def test_failure_is_run_again_where_that_is_declared(open_site: Opened, kind: str) -> None:
    """The key is not locked."""
    site = await open_site(after_crash="rerun")

    for _ in range(2):
        assert (await site.ask(kind)).status == 500

    assert len(site.world.runs) == 2


SAME = ["402", "303", "204", "html", "charset", "exact", "cookie", "text", "parts", "ndjson"]


@pytest.mark.parametrize("kind", SAME)
async def test_answer_is_given_again_as_it_was(open_site: Opened, kind: str) -> None:
    """Status, each field in its place, each cookie, and the bytes; also what streamed, a redirect and a refusal."""
    site = await open_site()

    first, again = await site.ask(kind), await site.ask(kind)

    assert site.world.runs == ["/probe"]
    assert (again.status, again.content) == (first.status, first.content)
    own = [field for field in again.fields if field[0] != b"idempotency-replayed"]
    assert own == list(first.fields)
    assert (first.replayed, again.replayed) == (False, True)


async def test_answers_are_those_of_the_application(open_site: Opened) -> None:
    """The guard has changed nothing of the first one either."""
    site = await open_site()

    exact, cookies = await site.ask("exact"), await site.ask("cookie", '"k2"')

    assert exact.content == b'{"total": 1.10,  "run": 1}\n'
    assert exact.get(b"link") == [b"</a>; rel=a", b"</b>; rel=b"]
    assert exact.get(b"x-latin") == [b"\xe9"]
    assert cookies.get(b"set-cookie") == [b"a=1", b"b=2; Path=/"]


async def test_other_content_under_the_key_is_refused(open_site: Opened) -> None:
    """After it was done, and while it runs."""
    site = await open_site(in_flight="wait")
    first = asyncio.ensure_future(site.ask("wait"))
    await site.begun()

    running = await site.ask("wait", content=b'{"sku":"a","qty":9}')
    site.world.go.set()
    await first
    done = await site.ask("wait", content=b'{"sku":"a","qty":9}')

    assert [(each.status, each.problem) for each in (running, done)] == [(422, "key-reused")] * 2
    assert len(site.world.runs) == 1


async def test_key_is_of_one_route(open_site: Opened) -> None:
    """The same key elsewhere is another action."""
    site = await open_site()

    await site.ask()
    other = await site.ask(path="/other")

    assert (other.status, other.replayed) == (201, False)
    assert site.world.runs == ["/probe", "/other"]


async def test_key_is_of_one_person(open_site: Opened) -> None:
    """By default: nobody sees another one's answer because both chose one key."""
    site = await open_site()

    await site.ask()
    mallory = await site.ask(fields=(*MACHINE[:2], (b"authorization", b"Bearer mallory")))
    nobody = await site.ask(fields=MACHINE[:2])
    again = await site.ask(fields=MACHINE[:2])

    assert [each.content for each in (mallory, nobody)] == [b'{"run":2}', b'{"run":3}']
    assert (again.status, again.problem) == (409, "already-done")
    assert len(site.world.runs) == 3


async def test_quoted_key_is_the_bare_one(open_site: Opened) -> None:
    """As the draft writes it, and as everybody sends it."""
    site = await open_site()

    await site.ask(key=KEY)

    assert (await site.ask(key=KEY.strip('"'))).replayed
    assert len(site.world.runs) == 1


async def test_what_an_application_does_after_its_answer_is_done_once(open_site: Opened) -> None:
    """A replay has no background."""
    site = await open_site()

    await site.ask()
    await site.ask()

    assert site.world.after == 1


async def test_long_answer_is_whole_and_then_unknown(open_site: Opened) -> None:
    """1.5 MB are more than is kept: it is not run again, and not given in part."""
    site = await open_site()

    first, again = await site.ask("big"), await site.ask("big")

    assert (first.status, len(first.content) > 1_500_000) == (201, True)
    assert (again.status, again.problem) == (409, "outcome-unknown")
    assert len(site.world.runs) == 1


async def test_long_answer_may_lead_on(open_site: Opened) -> None:
    """To where it can be seen what became of it."""
    site = await open_site(oversize="redirect", outcome_page="/orders/last")

    await site.ask("big")
    again = await site.ask("big")

    assert (again.status, again.get(b"location"), again.replayed) == (303, [b"/orders/last"], True)
    assert again.get(b"seeother-answer")[0].startswith(b"sha-256=:")
    assert len(site.world.runs) == 1


async def test_cancelled_request_is_done_and_its_answer_is_there(open_site: Opened) -> None:
    """A client that hangs up does not stop a declared action; in threads there is nothing to cancel."""
    site = await open_site()
    first = asyncio.ensure_future(site.ask("wait"))
    await site.begun()
    if not site.in_threads:
        first.cancel()
    site.world.go.set()

    again = await site.ask("wait")
    while again.status == 409:
        assert again.problem == "in-progress"
        await asyncio.sleep(0.01)
        again = await site.ask("wait")
    await asyncio.gather(first, return_exceptions=True)

    assert (again.status, again.replayed) == (201, True)
    assert len(site.world.runs) == 1


async def test_handler_may_outlive_its_lease(open_site: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is renewed while it runs."""
    monkeypatch.setattr(sys.modules["seeother.policy.idempotency.once"], "LEASE_SECONDS", 0.8)
    site = await open_site()
    first = asyncio.ensure_future(site.ask("wait"))
    await site.begun()

    await asyncio.sleep(1.7)  # the lease has to pass: there is nothing else to wait for
    meanwhile = await site.ask("wait")
    site.world.go.set()

    assert (meanwhile.status, meanwhile.problem) == (409, "in-progress")
    assert (await first).status == 201
    assert (await site.ask("wait")).replayed
    assert len(site.world.runs) == 1


async def test_key_is_free_when_its_time_is_up(open_site: Opened) -> None:
    """In mode form that is soon."""
    site = await open_site(idempotency="form", window="400ms")

    await site.ask(key=None)
    again = await site.ask(key=None)
    while again.replayed:
        again = await site.ask(key=None)

    assert again.content == b'{"run":2}'


async def test_error_that_says_nothing_happened_frees_the_key(open_site: Opened) -> None:
    """503 asks the client to come again."""
    site = await open_site()

    answers = [await site.ask("503") for _ in range(2)]

    assert [answer.content for answer in answers] == [b'{"run":1}', b'{"run":2}']
