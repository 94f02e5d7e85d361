# SPDX-License-Identifier: Apache-2.0
"""The guard as a process in front of a shop that knows nothing of it."""

import asyncio
import signal
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from tests.seeother.cli.test_watch import running as running_watch
from tests.seeother.proxy.premises import ENDURES, Running, guard, orders, shop
from tests.servers.postgres_server import PostgresServer
from tests.servers.redis_server import RedisServer

pytestmark = pytest.mark.slow  # processes take a second to start

KILLS = 20 if ENDURES else 1
STEP = """
[[journey.checkout.step]]
name = "submit_order"
on = ["POST /orders"]
"""
PERSON = {"accept": "text/html", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document",
          "sec-fetch-site": "same-origin", "cookie": "sessionid=1"}  # fmt: skip


async def post(client: httpx2.AsyncClient, port: int, content: str = "sku=tea") -> httpx2.Response:
    """Send the order's form, as a browser does."""
    kind = {"content-type": "application/x-www-form-urlencoded"}
    return await client.post(f"http://127.0.0.1:{port}/orders", content=content, headers=PERSON | kind)


def told(response: httpx2.Response) -> tuple[int, str | None, str | None]:
    """What of an answer a person gets."""
    return response.status_code, response.headers.get("location"), response.headers.get("set-cookie")


async def taken(folder: Path) -> None:
    """Wait until the shop has been given an order."""
    while not orders(folder):  # noqa: ASYNC110 - another process writes it down
        await asyncio.sleep(0.01)


async def test_two_orders_at_once_are_one(tmp_path: Path) -> None:
    """The shop is asked once, and both clicks lead to the same order with the same cookies."""
    with shop(tmp_path / "shop") as behind, guard(tmp_path / "guard", behind.port) as front:
        async with httpx2.AsyncClient(timeout=20) as client:
            both = await asyncio.gather(post(client, front.port), post(client, front.port))

    assert [told(each) for each in both] == [(303, "/orders/1", "basket=empty; Path=/")] * 2
    assert orders(tmp_path / "shop") == [b"sku=tea"]


@pytest.mark.parametrize("kind", ["redis", "postgres"])
async def test_two_guards_share_a_ledger(
    tmp_path: Path, kind: str, redis_server: RedisServer, postgres_server: PostgresServer
) -> None:
    """Two clicks that come to two processes are one order, too."""
    url = redis_server.url if kind == "redis" else postgres_server.url
    with ExitStack() as stack:
        behind = stack.enter_context(shop(tmp_path / "shop"))
        fronts = [stack.enter_context(guard(tmp_path / name, behind.port, ledger=url)) for name in ("one", "two")]
        async with httpx2.AsyncClient(timeout=20) as client:
            both = await asyncio.gather(*[post(client, each.port, f"sku={kind}") for each in fronts])

    assert [told(each) for each in both] == [(303, "/orders/1", "basket=empty; Path=/")] * 2
    assert orders(tmp_path / "shop") == [f"sku={kind}".encode()]


async def test_client_that_leaves_does_not_undo_its_order(tmp_path: Path) -> None:
    """The action runs to its end and is remembered: whoever asks again gets its answer."""
    with shop(tmp_path / "shop", SLOW="0.5") as behind, guard(tmp_path / "guard", behind.port) as front:
        async with httpx2.AsyncClient(timeout=20) as client:
            gone = asyncio.create_task(post(client, front.port))
            await taken(tmp_path / "shop")
            gone.cancel()
            again = await post(client, front.port)

    assert told(again) == (303, "/orders/1", "basket=empty; Path=/")
    assert orders(tmp_path / "shop") == [b"sku=tea"]


@dataclass(slots=True)
class Crowd:
    """What one of those got who read pages and order for some seconds: kinds of answers to orders, and wrong ones."""

    number: int
    answers: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])

    def go(self, port: int, seconds: float) -> None:
        """Note each answer that is neither right nor honest."""
        until, turn = time.monotonic() + seconds, 0
        with httpx2.Client(timeout=20, headers={**PERSON, "cookie": f"sessionid={self.number}"}) as client:
            while time.monotonic() < until:
                turn += 1
                path = f"/products/{self.number}-{turn}"
                try:
                    page = client.get(f"http://127.0.0.1:{port}{path}")
                    order = client.post(f"http://127.0.0.1:{port}/orders", data={"n": f"{self.number}-{turn}"})
                except httpx2.TransportError as error:
                    self.wrong.append(f"{turn}: {error!r}")
                    return
                if page.status_code == 200 and page.text != f"<!doctype html><title>{path}</title>":
                    self.wrong.append(f"{path} is answered {page.text!r}")
                if page.status_code not in {200, 502, 503, 504}:
                    self.wrong.append(f"{path} is answered {page.status_code}")
                kind = str(order.status_code)
                if order.status_code == 303:
                    kind = "unknown" if order.headers["location"] == "/.seeother/outcome" else "ordered"
                self.answers[kind] += 1
                if kind not in {"unknown", "ordered", "503"}:
                    self.wrong.append(f"an order is answered {order.status_code} {order.text!r}")


@pytest.mark.timeout(200)
def test_shop_that_is_killed_and_comes_again_is_told_honestly(tmp_path: Path) -> None:
    """Under load: no order is lost or made twice, none that was refused was made, and pages come again."""
    folder, crowd = tmp_path / "shop", [Crowd(number) for number in range(6)]
    with ExitStack() as stack:
        life = stack.enter_context(ExitStack())
        behind = life.enter_context(shop(folder, SLOW="0.02"))
        front = stack.enter_context(guard(tmp_path / "guard", behind.port, more='pause = "200ms"'))
        threads = [threading.Thread(target=each.go, args=(front.port, 4.5 * (KILLS + 1) / 2)) for each in crowd]
        for thread in threads:
            thread.start()
        for _ in range(KILLS):
            time.sleep(1)
            behind.process.kill()
            behind.process.wait()
            life.close()
            time.sleep(0.5)
            behind = life.enter_context(shop(folder, port=behind.port, SLOW="0.02"))
        for thread in threads:
            thread.join()
        assert httpx2.get(f"http://127.0.0.1:{front.port}/again").text == "<!doctype html><title>/again</title>"

    made, answers = orders(folder), sum([each.answers for each in crowd], Counter[str]())
    assert [wrong for each in crowd for wrong in each.wrong] == []
    assert len(made) == len(set(made))
    assert answers["ordered"] <= len(made) <= answers["ordered"] + answers["unknown"]
    assert answers["503"] > 0


def test_configuration_is_read_again(tmp_path: Path) -> None:
    """After SIGHUP the new one counts; one that cannot be used changes nothing, and nobody under way notices."""
    with shop(tmp_path / "shop") as behind, guard(tmp_path / "guard", behind.port) as front:
        config = front.folder / "seeother.toml"
        before = config.read_text()
        with httpx2.Client(base_url=f"http://127.0.0.1:{front.port}", timeout=20) as client:
            assert client.get("/").status_code == 200

            config.write_text(before.replace("[[upstream]]", '[[upstream]]\nmatch = "/shop"'))
            _hang_up(front, "was read again")
            assert (client.get("/").status_code, client.get("/shop").status_code) == (404, 200)

            config.write_text(before + '[proxy]\ndrain = "1s"\n')
            _hang_up(front, "counts from the next start on")

            config.write_text(before.replace("[[upstream]]", '[[upstream]]\nmtach = "/"'))
            _hang_up(front, "stays as it was")
            assert (client.get("/").status_code, client.get("/shop").status_code) == (200, 200)


def test_configuration_that_is_gone_leaves_the_guard_as_it_was(tmp_path: Path) -> None:
    """Although the command line alone would do: nobody has asked for a guard without its routes."""
    url = "http://127.0.0.1:1"
    with guard(tmp_path / "guard", 1, "--upstream", url) as front:
        assert httpx2.get(f"http://127.0.0.1:{front.port}/.seeother/healthz", timeout=20).status_code == 200
        (front.folder / "seeother.toml").unlink()
        _hang_up(front, "the configuration")

        assert "stays as it was" in front.output


def _hang_up(front: Running, said: str) -> None:
    count = front.output.count(said)
    front.process.send_signal(signal.SIGHUP)
    while front.output.count(said) == count:
        time.sleep(0.01)


async def test_order_under_way_ends_before_the_guard_leaves(tmp_path: Path) -> None:
    """SIGTERM takes no answer from anybody."""
    with shop(tmp_path / "shop", SLOW="0.5") as behind, guard(tmp_path / "guard", behind.port) as front:
        async with httpx2.AsyncClient(timeout=20) as client:
            order = asyncio.create_task(post(client, front.port))
            await taken(tmp_path / "shop")
            front.process.send_signal(signal.SIGTERM)
            response = await order
        assert front.process.wait(20) == 0

    assert told(response) == (303, "/orders/1", "basket=empty; Path=/")


def test_what_passes_is_recorded_and_watched(tmp_path: Path) -> None:
    """Each attempt at a step with the status that was sent, of a shop that is away, too; all of them on one journey."""
    (tmp_path / "watch").mkdir()
    with running_watch(tmp_path / "watch") as watch, ExitStack() as stack:
        folder = tmp_path / "guard"
        more = f'[telemetry]\nendpoint = "{watch.url}"\n{STEP}'
        client = stack.enter_context(httpx2.Client(timeout=20, headers=PERSON))
        del client.headers["cookie"]  # it has a jar
        with shop(tmp_path / "shop") as behind:
            front = stack.enter_context(guard(folder, behind.port, more=more))
            made = client.post(f"http://127.0.0.1:{front.port}/orders", data={"sku": "tea"})
        refused = client.post(f"http://127.0.0.1:{front.port}/orders", data={"sku": "milk"})
        stack.close()  # what is recorded has left
        limit = time.monotonic() + 20
        while not (broken := httpx2.get(f"{watch.url}/api/broken", timeout=20).json()["broken"]):
            assert time.monotonic() < limit
            time.sleep(0.05)
        matrix = httpx2.get(f"{watch.url}/api/journeys/checkout/matrix", timeout=20).json()
        told = httpx2.get(f"{watch.url}/api/timelines/{broken[0]['journey_id']}", timeout=20).json()

    assert (made.status_code, refused.status_code) == (303, 503)
    assert [(step["step"], step["attempts"], step["failed"]) for step in matrix["steps"]] == [("submit_order", 2, 1)]
    assert [(event["status"], event["failed"]) for event in told["events"]] == [(303, False), (503, True)]
