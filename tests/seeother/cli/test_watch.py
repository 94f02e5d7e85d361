# SPDX-License-Identifier: Apache-2.0
"""`seeother watch` as a process: what it takes, what it says, and how it ends."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from httpx2 import AsyncClient, Client

from tests.seeother.watch.otlp import Value, span, traces

CONFIG = """
[journey.checkout]
[[journey.checkout.step]]
name = "submit_order"
on = ["POST /orders"]
"""
STEP: dict[str, Value] = {"journey.id": "1" * 32, "journey.name": "checkout", "journey.step": "submit_order"}
LISTENS = re.compile(r"watch listens on (http://\S+), its store is (\S+)\n")
PROTOBUF = {"content-type": "application/x-protobuf"}


@dataclass(frozen=True, slots=True)
class Running:
    """A watch that has said where it listens."""

    process: subprocess.Popen[str]
    url: str
    store: str


def command(*arguments: str) -> list[str]:
    """The command line of a watch."""
    return [sys.executable, "-m", "seeother", "watch", *arguments]


def environment(**more: str) -> dict[str, str]:
    """This process's environment without settings of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SEEOTHER_")} | more


def run(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A watch that ends by itself."""
    return subprocess.run(
        command(*arguments),
        cwd=folder,
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


@contextmanager
def running(folder: Path, *arguments: str, **more: str) -> Generator[Running]:
    """A watch in a folder with a configuration; killed at the end if it has not left by then."""
    (folder / "seeother.toml").write_text(CONFIG)
    process = subprocess.Popen(
        command("--port", "0", *arguments), cwd=folder, env=environment(**more), stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        match = LISTENS.match(process.stderr.readline())
        assert match is not None
        yield Running(process, match[1], match[2])
    finally:
        process.kill()
        process.communicate()


def attempts(client: Client) -> list[int]:
    """Of each step, as the matrix tells."""
    period = {"from": "2027-01-15T00:00:00Z", "to": "2027-01-16T00:00:00Z"}
    matrix = client.get("/api/journeys/checkout/matrix", params=period).json()
    return [step["attempts"] for step in matrix["steps"]]


def goes_first(process: int) -> bool:
    """Whether the thread of a process that answers has no other beside it, where threads differ (Linux)."""
    threads = {int(entry.name) for entry in Path(f"/proc/{process}/task").glob("*")} - {process}
    mine = os.getpriority(os.PRIO_PROCESS, process)
    return all(os.getpriority(os.PRIO_PROCESS, thread) > mine for thread in threads)


def test_it_watches_by_default_in_its_folder_and_leaves_cleanly(tmp_path: Path) -> None:
    """Configuration and store are found where it is started; what it has taken in is there for the next."""
    for seen in (1, 2):
        with running(tmp_path) as watch, Client(base_url=watch.url, timeout=30) as client:
            sent = traces(span(STEP, at_ns=1_800_000_000_000_000_000, span_id=bytes([seen]) * 8)).SerializeToString()
            assert client.post("/v1/traces", content=sent, headers=PROTOBUF).status_code == 200
            while attempts(client) != [seen]:  # the test's own time limit ends what never comes
                time.sleep(0.05)
            assert goes_first(watch.process.pid)  # before files are asked for, which are read beside it
            assert client.get("/").headers["content-type"].startswith("text/html")

            watch.process.send_signal(signal.SIGTERM if seen == 1 else signal.SIGINT)

            assert watch.process.wait(timeout=30) == 0
        assert watch.store == f"chdb://{tmp_path}/seeother-watch"


def test_a_second_watch_is_told_who_holds_the_store(tmp_path: Path) -> None:
    """One sentence, exit code 3; and after a crash of the first the next gets in."""
    with running(tmp_path) as first:
        second = run(tmp_path, "--port", "0")
        first.process.kill()
        first.process.wait()
        third = run(tmp_path, "--migrate")

    assert second.returncode == 3
    assert second.stderr.count("\n") == 1
    assert f"is held by process {first.process.pid} (" in second.stderr
    assert f"which listens on {first.url}" in second.stderr
    assert (third.returncode, third.stdout) == (0, "the store is up to date\n")


def test_a_taken_port_is_said_in_one_line(tmp_path: Path) -> None:
    """Exit code 3, and no store is made."""
    with running(tmp_path) as first:
        port = first.url.rpartition(":")[2]
        second = run(tmp_path, "--port", port, "--store", "other")
        otlp = run(tmp_path, "--port", "0", "--otlp-port", port, "--store", "other")

    for refused in (second, otlp):
        assert refused.returncode == 3
        assert refused.stderr == (
            f"seeother: watch: cannot listen on 127.0.0.1:{port}: Address already in use; free it, or give another\n"
        )
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--config", "missing.toml"], "config = 'missing.toml'"),
        (["--store", "sqlite:///watch.db"], "watch.store = 'sqlite:///watch.db'"),
        (["--host", "0.0.0.0"], "watch.token = None"),  # noqa: S104 - refused
        (["--config", "broken.toml"], "journey.checkout.step[0].stps"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_cure(tmp_path: Path, arguments: list[str], complaint: str) -> None:
    """Exit code 2, one line."""
    (tmp_path / "broken.toml").write_text(CONFIG + "stps = []")

    refused = run(tmp_path, "--port", "0", *arguments)

    assert refused.returncode == 2
    assert complaint in refused.stderr
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize("port", ["http", "-1", "65536", "1e3"])
def test_what_is_no_port_is_refused(tmp_path: Path, port: str) -> None:
    """Before anything is opened."""
    refused = run(tmp_path, f"--port={port}")

    assert refused.returncode == 2
    assert f"{port!r} is no port" in refused.stderr


def test_migrate_makes_the_tables_and_ends(tmp_path: Path) -> None:
    """Each is named; the second time there is nothing to do."""
    first, second = [run(tmp_path, "--migrate", "--store", f"chdb://{tmp_path}/store") for _ in range(2)]

    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stdout.startswith("applied 0001 arrivals\n")
    assert second.stdout == "the store is up to date\n"


def test_the_otlp_port_takes_telemetry_and_nothing_else(tmp_path: Path) -> None:
    """For exporters that know no other port."""
    with running(tmp_path, "--otlp-port", "0", SEEOTHER_WATCH_STORE=f"chdb://{tmp_path}/set") as watch:
        assert watch.process.stderr is not None
        otlp = re.search(r"OTLP also on (http://\S+)", watch.process.stderr.readline())
        assert otlp is not None
        with Client(timeout=30) as client:
            taken = client.post(f"{otlp[1]}/v1/traces", content=b"", headers=PROTOBUF)
            refused = client.get(f"{otlp[1]}/api/journeys")

    assert (taken.status_code, refused.status_code) == (200, 404)
    assert watch.store == f"chdb://{tmp_path}/set"


def test_beyond_this_machine_the_token_is_asked_for(tmp_path: Path) -> None:
    """For telemetry and answers alike."""
    with running(tmp_path, "--host", "0.0.0.0", SEEOTHER_WATCH_TOKEN="s3cret") as watch:  # noqa: S104 - guarded
        url = watch.url.replace("0.0.0.0", "127.0.0.1")  # noqa: S104
        with Client(base_url=url, timeout=30) as client:
            refused = [client.post("/v1/traces", content=b"", headers=PROTOBUF), client.get("/readyz")]
            client.headers["authorization"] = "Bearer s3cret"
            let_in = [client.post("/v1/traces", content=b"", headers=PROTOBUF), client.get("/readyz")]

    assert [answer.status_code for answer in (*refused, *let_in)] == [401, 401, 200, 200]


async def test_on_a_signal_all_that_was_handed_over_is_stored(tmp_path: Path) -> None:
    """Requests under way get their answers, streams end, and the rows are in."""
    with running(tmp_path) as watch:
        async with AsyncClient(base_url=watch.url, timeout=30) as client:

            async def send(number: int) -> int:
                content = traces(span(STEP, span_id=number.to_bytes(8))).SerializeToString()
                return (await client.post("/v1/traces", content=content, headers=PROTOBUF)).status_code

            async with client.stream("GET", "/api/stream") as stream:
                lines = stream.aiter_lines()
                assert await anext(lines) == "event: change"
                sending = [asyncio.create_task(send(number)) for number in range(1, 21)]
                await sending[0]
                watch.process.terminate()
                rest = [line async for line in lines]
            outcomes = await asyncio.gather(*sending, return_exceptions=True)
        code = await asyncio.to_thread(watch.process.wait, 30)
    with running(tmp_path) as again, Client(base_url=again.url, timeout=30) as asking:
        stored = asking.get("/readyz").json()["spans"]

    assert code == 0
    assert json.loads(rest[0].removeprefix("data: "))["findings"] == 0
    assert outcomes[0] == 200
    # A request that came too late has met a closed socket; whatever was answered is stored.
    assert stored >= outcomes.count(200)


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_access_log_is_followed(tmp_path: Path) -> None:
    """What nginx has answered by itself is told as a broken attempt of its step; what is in the log already is not."""
    log, now = tmp_path / "seeother.json", time.time()
    line = {"time": f"{now:.3f}", "seconds": "0.100", "method": "POST", "target": "/orders", "status": "504",
            "head": "-", "request": "1", "journey": "", "claimed": ""}  # fmt: skip
    log.write_text(json.dumps(line) + "\n")
    with running(tmp_path, "--access-log", str(log)) as watch, Client(base_url=watch.url, timeout=20) as client:
        while client.get("/readyz").status_code != 200:
            time.sleep(0.05)
        with log.open("a") as file:
            file.write(json.dumps(line | {"request": "2", "status": "502"}) + "\n")
        statuses: list[int] = []
        while not statuses:
            time.sleep(0.1)
            statuses = [each["status"] for each in client.get("/api/broken").json()["broken"]]

    assert statuses == [502]
