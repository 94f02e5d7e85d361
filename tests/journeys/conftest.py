# SPDX-License-Identifier: Apache-2.0
"""The whole house on free ports, each service a process: shop, provider, inventory and the watch beside them."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from seeother_shop.books import Books, read_books
from seeother_shop.serving import fresh_secrets
from tests.servers.program import free_port, running

SETTINGS = Path(__file__).parents[2] / "src/seeother_shop/storefront/seeother.toml"


@dataclass(frozen=True, slots=True)
class House:
    """A running house; the shop is on 127.0.0.1 and the provider on localhost, two sites for a browser."""

    folder: Path
    shop: str
    payments: str
    inventory: str
    watch: str
    client: httpx2.Client
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @contextmanager
    def stopped(self, name: str) -> Generator[None]:
        """A service that answers nobody for a while, as under a heavy load."""
        self.processes[name].send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.processes[name].send_signal(signal.SIGCONT)

    def books(self) -> Books:
        """Money and stock, read from the three databases."""
        names = ("shop", "payments", "inventory")
        return read_books(**{name: f"sqlite:///{self.folder / name / 'data.db'}" for name in names})

    def orders_made(self) -> int:
        """How many orders there are, paid or not."""
        with closing(sqlite3.connect(self.folder / "shop" / "data.db")) as shop:
            (count,) = shop.execute("SELECT count(*) FROM orders").fetchone()
        return int(count)

    def ask(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """An answer of the watch."""
        return self.client.get(self.watch + path).raise_for_status().json()

    def matrix(self) -> dict[str, dict[str, Any]]:
        """The matrix of the checkout, by step."""
        return {row["step"]: row for row in self.ask("/api/journeys/checkout/matrix")["steps"]}


@contextmanager
def opened(
    folder: Path,
    *options: str,
    environ: Mapping[str, str] | None = None,
    ports: Mapping[str, int] | None = None,
    inventory: Sequence[str] = (),
) -> Generator[House]:
    """Open a house in `folder`.

    `options` and `environ` are the storefront's, `inventory` the inventory's options, `ports` those that must be known.
    """
    client = httpx2.Client(timeout=30)
    ports = {name: free_port() for name in ("shop", "payments", "inventory", "watch")} | dict(ports or {})
    house = House(
        folder,
        shop=f"http://127.0.0.1:{ports['shop']}",
        payments=f"http://localhost:{ports['payments']}",
        inventory=f"http://127.0.0.1:{ports['inventory']}",
        watch=f"http://127.0.0.1:{ports['watch']}",
        client=client,
    )
    secrets = {**os.environ, **fresh_secrets()}
    telling = ("--watch", house.watch)
    calling = ("--payments", house.payments, "--inventory", house.inventory)
    with client, ExitStack() as services:

        def start(name: str, url: str, *command: str, environ: Mapping[str, str] = secrets) -> None:
            home = folder / name
            home.mkdir()
            whole = [sys.executable, "-m", *command, "--port", str(ports[name])]
            house.processes[name] = services.enter_context(
                running(whole, directory=home, ready=_answers(client, url), environ=environ)
            )

        start("watch", house.watch + "/readyz", "seeother", "watch", "--store", f"chdb://{folder}/store",
              "--config", str(SETTINGS))  # fmt: skip
        start("inventory", house.inventory + "/healthz", "seeother_shop.inventory", *_data(folder, "inventory"),
              *telling, *inventory)  # fmt: skip
        start("payments", house.payments + "/healthz", "seeother_shop.payments", *_data(folder, "payments"))
        start("shop", house.shop + "/healthz", "seeother_shop.storefront", *_data(folder, "shop"), *telling, *calling,
              *options, environ={**secrets, **(environ or {})})  # fmt: skip
        yield house


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Generator[House]:
    """One house for the tests of a module."""
    with opened(tmp_path_factory.mktemp("house")) as running_house:
        yield running_house


def _data(folder: Path, name: str) -> tuple[str, str]:
    return "--database", f"sqlite:///{folder / name / 'data.db'}"


def _answers(client: httpx2.Client, url: str) -> Callable[[], bool]:
    def answers() -> bool:
        try:
            return client.get(url).is_success
        except httpx2.TransportError:
            return False

    return answers
