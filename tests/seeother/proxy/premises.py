# SPDX-License-Identifier: Apache-2.0
"""A shop and guards in front of it, each a process of its own."""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from seeother.proxy.front import Front
from seeother.proxy.house import GuardHouse
from seeother.proxy.serve import served_as
from seeother.settings import read_settings
from tests.servers.program import free_port, listens, running
from tests.servers.uvicorn_server import serving

HERE = Path(__file__).parent
ENDURES = "SEEOTHER_ENDURES" in os.environ  # `make endure`: as much as was promised, instead of what a minute bears
CONFIG = """
[site]
secrets = ["correct horse battery staple"]
[ledger]
url = "{ledger}"
[[route]]
match = "POST /orders"
idempotency = "form"
[[upstream]]
url = "http://127.0.0.1:{port}"
{more}
"""


def environment(**more: str) -> dict[str, str]:
    """This process's environment without settings of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SEEOTHER_")} | more


@dataclass(frozen=True, slots=True)
class Running:
    """A process that listens on a port."""

    port: int
    process: "subprocess.Popen[bytes]"
    folder: Path

    @property
    def output(self) -> str:
        """What it has said so far."""
        return (self.folder / "output").read_text()


@contextmanager
def shop(folder: Path, *, port: int | None = None, **more: str) -> Generator[Running]:
    """The shop; what it was ordered stands in `folder`/orders."""
    folder.mkdir(exist_ok=True)
    port = port or free_port()
    command = [sys.executable, "-m", "uvicorn", "shop:app", "--app-dir", str(HERE), "--port", str(port)]
    with running(
        [*command, "--log-level", "warning"],
        directory=folder,
        ready=lambda: listens(port),
        environ=environment(ORDERS=str(folder / "orders"), **more),
    ) as process:
        yield Running(port, process, folder)


@contextmanager
def guard(
    folder: Path, shop_port: int, *arguments: str, ledger: str = "memory://", more: str = ""
) -> Generator[Running]:
    """A guard in front of the shop, with more `arguments` on its command line."""
    folder.mkdir(exist_ok=True)
    (folder / "seeother.toml").write_text(CONFIG.format(ledger=ledger, port=shop_port, more=more))
    port = free_port()
    command = [sys.executable, "-m", "seeother", "guard", "--port", str(port), *arguments]
    with running(command, directory=folder, ready=lambda: listens(port), environ=environment()) as process:
        yield Running(port, process, folder)


def orders(folder: Path) -> list[bytes]:
    """What the shop was ordered."""
    path = folder / "orders"
    return path.read_bytes().splitlines() if path.exists() else []


@contextmanager
def fronted(port: int, **sections: object) -> Generator[int]:
    """A guard in this process in front of the server at `port`; yields its own port."""
    document: dict[str, object] = {
        "site": {"secrets": ["correct horse battery staple"]},
        "ledger": {"url": "memory://"},
        "upstream": [{"url": f"http://127.0.0.1:{port}", "read": "5s"}],
    }
    settings = read_settings(document | sections, {})
    config = served_as(Front(GuardHouse(settings)), settings)
    config.log_level = "critical"
    with serving(config) as front:
        yield front
