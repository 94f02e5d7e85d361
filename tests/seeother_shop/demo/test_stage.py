# SPDX-License-Identifier: Apache-2.0
"""Parts start together, are watched, and end, whatever happens; shown with real processes."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from httpx2 import AsyncClient

from seeother_shop.demo import Part, PartError, Stage, StoppedError

HERE = Path(__file__).parent
Ports = Callable[[], int]


def standin(name: str, port: int, *flags: str) -> Part:
    """A stand-in for a service on this port."""
    return Part(
        name,
        "standin",
        ("--port", str(port), *flags),
        ready=f"http://127.0.0.1:{port}/",
        listens=("127.0.0.1", port),
        environ={"PYTHONPATH": str(HERE)},
        patience_seconds=0.3,
    )


ELDER: set[int] = set()  # servers that other tests have started for all


@pytest.fixture(autouse=True)
def elder() -> None:
    """Leave out whoever was there before."""
    ELDER.clear()
    ELDER.update({child.pid for child in psutil.Process().children(recursive=True)})


def children(*, recursive: bool = False) -> list[psutil.Process]:
    """This process's living children, those of the test."""
    return [
        child
        for child in psutil.Process().children(recursive=recursive)
        if child.pid not in ELDER and child.status() != psutil.STATUS_ZOMBIE
    ]


def is_free(port: int) -> bool:
    """Whether nobody listens on the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


async def test_parts_run_inside_the_block_and_are_gone_after(tmp_path: Path, unused_tcp_port_factory: Ports) -> None:
    """Ready means that it answers; leaving frees process and port."""
    one, two = unused_tcp_port_factory(), unused_tcp_port_factory()

    async with Stage(tmp_path) as stage:
        await stage.start(standin("one", one), standin("two", two))
        async with AsyncClient() as client:
            answers = [(await client.get(f"http://127.0.0.1:{port}/")).status_code for port in (one, two)]
        inside = len(children())

    assert answers == [200, 200]
    assert inside == 2
    assert children() == []
    assert is_free(one)
    assert is_free(two)


async def test_what_is_done_meanwhile_gives_its_result(tmp_path: Path, unused_tcp_port: int) -> None:
    """As long as all parts run, `during` is transparent, errors included."""

    async def answer() -> int:
        return 42

    async def fail() -> int:
        raise ValueError("mine")

    async with Stage(tmp_path) as stage:
        await stage.start(standin("one", unused_tcp_port))

        assert await stage.during(answer()) == 42
        with pytest.raises(ValueError, match="mine"):
            await stage.during(fail())


async def test_a_killed_part_is_named_and_the_others_end(tmp_path: Path, unused_tcp_port_factory: Ports) -> None:
    """One line says who and how; there is no tail to read."""
    port = unused_tcp_port_factory()
    async with Stage(tmp_path) as stage:
        await stage.start(standin("one", unused_tcp_port_factory()), standin("two", port))
        victim = next(child for child in children() if str(port) in child.cmdline())

        victim.kill()
        with pytest.raises(PartError, match=r"^two was killed by SIGKILL$") as caught:
            await stage.during(asyncio.Event().wait())

    assert caught.value.tail == ""
    assert children() == []


async def test_a_part_that_leaves_takes_its_last_words_along(tmp_path: Path, unused_tcp_port: int) -> None:
    """Exit code and tail explain a failure, also when our own request failed because of it."""

    async def ask() -> None:
        async with AsyncClient() as client:
            await client.get(f"http://127.0.0.1:{unused_tcp_port}/leave")

    async with Stage(tmp_path) as stage:
        await stage.start(standin("one", unused_tcp_port))

        with pytest.raises(PartError, match=r"^one ended by itself with exit code 5$") as caught:
            await stage.during(ask())

    assert caught.value.tail.splitlines() == ["first line", "the reason"]


async def test_a_part_that_cannot_start_ends_the_wait(tmp_path: Path, unused_tcp_port_factory: Ports) -> None:
    """Nobody waits for the readiness of a dead process."""
    parts = (standin("one", unused_tcp_port_factory()), standin("two", unused_tcp_port_factory(), "--fail"))

    async with Stage(tmp_path) as stage:
        with pytest.raises(PartError, match=r"^two ended by itself with exit code 1$") as caught:
            await stage.start(*parts)

    assert caught.value.tail == "cannot open the till"
    assert children() == []


async def test_a_taken_port_is_said_before_anything_starts(tmp_path: Path, unused_tcp_port_factory: Ports) -> None:
    """The line has the port, the part that wants it and the cure."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        async with Stage(tmp_path) as stage:
            with pytest.raises(PartError, match=rf"{taken}.*for two; .*--port"):
                await stage.start(standin("one", unused_tcp_port_factory()), standin("two", taken))

            assert children() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_ends_what_is_done_and_not_the_block(tmp_path: Path, unused_tcp_port: int, number: int) -> None:
    """Whoever is inside may still tidy up, and may be told a second time."""
    async with Stage(tmp_path) as stage:
        await stage.start(standin("one", unused_tcp_port))

        for _ in range(2):
            os.kill(os.getpid(), number)
            with pytest.raises(StoppedError) as caught:
                await stage.during(asyncio.Event().wait())
            assert caught.value.number == number
        assert len(children()) == 1


async def test_a_stubborn_part_is_ended_with_all_it_started(tmp_path: Path, unused_tcp_port: int) -> None:
    """Who does not end when asked is killed after a while, and the whole group with it."""
    async with Stage(tmp_path) as stage:
        await stage.start(standin("one", unused_tcp_port, "--stubborn", "--grandchild"))
        family = children(recursive=True)

        codes = await stage.end("one")

    assert codes == [-signal.SIGKILL]
    assert len(family) == 2
    assert psutil.wait_procs(family, timeout=10)[1] == []


async def test_a_part_that_is_ended_on_purpose_is_no_failure(tmp_path: Path, unused_tcp_port_factory: Ports) -> None:
    """After `end` the others go on."""
    async with Stage(tmp_path) as stage:
        await stage.start(standin("one", unused_tcp_port_factory()), standin("two", unused_tcp_port_factory()))

        codes = await stage.end("one")
        await stage.during(asyncio.sleep(0))

    assert codes == [-signal.SIGTERM]


async def test_a_part_that_speaks_is_heard(tmp_path: Path, unused_tcp_port: int) -> None:
    """Its standard output comes line by line."""
    part = replace(standin("one", unused_tcp_port), speaks=True)

    async with Stage(tmp_path) as stage:
        await stage.start(part)

        assert await anext(stage.lines("one")) == b"open\n"


def test_children_of_a_killed_parent_end(tmp_path: Path, unused_tcp_port_factory: Ports) -> None:
    """SIGKILL leaves the parent no chance, and still nothing stays: no child, no grandchild, no port."""
    ports = [unused_tcp_port_factory(), unused_tcp_port_factory()]
    command = [sys.executable, str(HERE / "parent.py"), str(tmp_path), *map(str, ports)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        family = psutil.Process(parent.pid).children(recursive=True)

        parent.kill()

    assert len(family) == 3
    assert psutil.wait_procs(family, timeout=10)[1] == []
    assert all(is_free(port) for port in ports)
