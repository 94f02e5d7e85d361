# SPDX-License-Identifier: Apache-2.0
"""The article's broken samples of chapters 1 to 3 in Go: each is repaired or reported by the guard in front."""

import json
import tomllib
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from seeother.proxy.front import Front
from seeother.proxy.house import GuardHouse
from seeother.proxy.serve import served_as
from seeother.settings import UpstreamSettings, read_settings
from seeother.testing import Findings, collecting
from tests.contract.servers.browsers import Came, Line, ask
from tests.servers.go_program import go_built
from tests.servers.program import free_port, listens, running
from tests.servers.uvicorn_server import serving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

HERE = Path(__file__).parent
SETTINGS = """
[site]
secrets = ["correct horse battery staple"]
[ledger]
url = "memory://"
[[route]]
match = "POST /checkout"
idempotency = "form"
[[route]]
match = "POST /orders"
idempotency = "form"
[[route]]
match = "POST /order-page"
idempotency = "form"
principal = "session:sessionid"
park = true
[[route]]
match = "POST /checked"
idempotency = "form"
repair = ["RED002"]
[[route]]
match = "POST /deduct"
idempotency = "form"
[[route]]
match = "POST /panics"
idempotency = "form"
[[route]]
match = "POST /callback"
kind = "callback"
idempotency = "callback"
event_id = "header:X-Idempotency-Key"
"""
PERSON: Sequence[Line] = [
    ("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"),
    ("Sec-Fetch-Site", "same-origin"), ("Cookie", "sessionid=1"), ("Content-Type", "application/x-www-form-urlencoded"),
]  # fmt: skip
MACHINE: Sequence[Line] = [("Accept", "application/json"), ("Content-Type", "application/json")]


@dataclass(frozen=True, slots=True)
class Shop:
    """The shop by its two addresses: with the guard in front, and bare."""

    port: int
    bare: int

    def did(self, what: str) -> int:
        """How often it has really done something."""
        return int(json.loads(ask(self.bare, "GET", "/effects").content).get(what, 0))


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop, built; without Go all of this is skipped."""
    return go_built(HERE, tmp_path_factory.mktemp("go"))


@pytest.fixture
def shop(program: Path, tmp_path: Path) -> Iterator[Shop]:
    """The shop, just opened, with the guard in front."""
    port = free_port()
    with running([program, str(port)], directory=tmp_path, ready=lambda: listens(port)), guard(port) as front:
        yield Shop(front, port)


@contextmanager
def guard(upstream: int) -> Generator[int]:
    """The guard in front of a port; yields its own."""
    read = read_settings(tomllib.loads(SETTINGS), {})
    made = replace(read, upstreams=(UpstreamSettings(f"http://127.0.0.1:{upstream}"),))
    config = served_as(Front(GuardHouse(made)), made)
    config.log_level = "critical"
    with serving(config) as port:
        yield port


@pytest.fixture
def findings() -> Iterator[Findings]:
    """What the rules find."""
    with collecting() as found:
        yield found


def rules(findings: Findings) -> list[str]:
    """The rules that have spoken, with + after those whose fault was repaired."""
    return sorted([finding.rule + ("+" if finding.repaired else "") for finding in findings])


def submit(port: int, path: str, form: str = "sku=tea") -> Came:
    """Send a form, as a browser does."""
    return ask(port, "POST", path, fields=PERSON, content=form.encode())


def led(came: Came) -> tuple[int, str | None]:
    """Where an answer leads."""
    return came.status, came.first("location")


def test_chapter_1_302_after_the_order(shop: Shop, findings: Findings) -> None:
    """Two clicks at once: one order, and 303 for both."""
    with ThreadPoolExecutor(2) as both:
        clicks = [both.submit(submit, shop.port, "/checkout") for _ in range(2)]
        assert [led(click.result()) for click in clicks] == [(303, "/checkout?order_id=1")] * 2
    assert shop.did("checkout") == 1
    assert set(rules(findings)) == {"RED001+", "RED009+"}

    assert led(submit(shop.bare, "/checkout")) == (302, "/checkout?order_id=2")


def test_chapter_1_400_without_details(shop: Shop, findings: Findings) -> None:
    """What says nothing is reported; what the shop has said itself is left as it was."""
    silent = ask(shop.port, "POST", "/settle", fields=MACHINE, content=b"{")
    assert (silent.status, rules(findings)) == (400, ["ERR002"])
    own = ask(shop.port, "POST", "/settle", fields=MACHINE, content=b"{}")
    assert json.loads(own.content) == {"error": "invalid order_amount: must be positive number"}


def test_chapter_1_503_without_retry_after(shop: Shop, findings: Findings) -> None:
    """Machines get Retry-After and problem details, people a page that says the same."""
    machine, person = ask(shop.port, "POST", "/pay", fields=MACHINE), submit(shop.port, "/pay")
    assert machine.status == person.status == 503
    assert int(machine.first("retry-after") or "") > 0
    assert json.loads(machine.content)["status"] == 503
    assert b"<!doctype html>" in person.content
    assert set(rules(findings)) == {"ERR002+", "FBK002+", "RTY001+", "RTY003+"}


def test_chapter_2_redirect_after_the_first_words(shop: Shop, findings: Findings) -> None:
    """Go has lost it before it leaves the shop: nothing is made worse."""
    came = ask(shop.port, "GET", "/partial", fields=PERSON)
    assert (came.status, came.content) == (200, b'partial response<a href="/login">Found</a>.\n\n')
    assert rules(findings) == []


def test_chapter_2_307_after_the_form(shop: Shop, findings: Findings) -> None:
    """It becomes 303, so nothing is sent twice."""
    assert led(submit(shop.port, "/checked", "_csrf=token")) == (303, "/success")
    assert rules(findings) == ["RED002+", "RED009+"]


def test_chapter_2_redirect_to_whomever_the_client_says(shop: Shop, findings: Findings) -> None:
    """What a stranger forwards does not reach the shop, and the Location becomes relative."""
    forged = [*PERSON, ("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "https")]
    assert led(ask(shop.port, "GET", "/absolute", fields=forged)) == (302, "/dashboard")
    assert rules(findings) == ["PRX004+"]

    assert led(ask(shop.bare, "GET", "/absolute", fields=forged)) == (302, "https://evil.example/dashboard")


def test_chapter_2_push_before_a_redirect(shop: Shop, findings: Findings) -> None:
    """It does no harm."""
    assert led(ask(shop.port, "GET", "/pushed", fields=PERSON)) == (302, "/new-path")
    assert rules(findings) == []


def test_chapter_3_200_after_the_order(shop: Shop, findings: Findings) -> None:
    """A reload gets the first answer again."""
    assert [submit(shop.port, "/orders").content for _ in range(2)] == [b'{"id":1}\n'] * 2
    assert shop.did("orders") == 1
    assert rules(findings) == []


def test_chapter_3_page_after_the_order(shop: Shop, findings: Findings) -> None:
    """It gets an address of its own, so that a reload shows it and orders nothing."""
    first = submit(shop.port, "/order-page")
    assert first.status == 303
    shown = ask(shop.port, "GET", first.first("location") or "", fields=PERSON)
    assert shown.content == b"<!doctype html><title>Order 1</title><p>Thank you"
    assert shop.did("pages") == 1
    assert rules(findings) == ["FRM004"]


def test_chapter_3_callback_that_comes_again(shop: Shop, findings: Findings) -> None:
    """The provider hears what it heard the first time, and one without a key is refused."""
    event = [("X-Idempotency-Key", "event-1")]
    both = [ask(shop.port, "POST", "/callback", fields=event, content=b"{}").status for _ in range(2)]
    assert both == [204, 204]
    assert shop.did("callbacks") == 1
    assert rules(findings) == []

    assert ask(shop.bare, "POST", "/callback", fields=event, content=b"{}").status == 400


def test_chapter_3_504_of_the_stockroom(shop: Shop) -> None:
    """Nobody knows whether the stock is gone: a page says so, and it is taken no second time."""
    assert led(submit(shop.port, "/deduct")) == (303, "/.seeother/outcome")
    submit(shop.port, "/deduct")
    assert shop.did("deducted") == 1


def test_panic_of_a_handler(shop: Shop) -> None:
    """net/http closes without an answer: 502 for a page, and an unknown outcome for an action."""
    page, action = ask(shop.port, "GET", "/panics", fields=PERSON), submit(shop.port, "/panics")
    assert (page.status, b"<!doctype html>" in page.content) == (502, True)
    assert led(action) == (303, "/.seeother/outcome")
    assert ask(shop.bare, "GET", "/panics").ending == "cut"
