# SPDX-License-Identifier: Apache-2.0
"""Whatever happens to a part of the demo or to the demo itself: one clear line, exit code 3, nothing left behind."""

import signal
import socket

import pytest

from seeother_shop.shoppers.chromium import find_chromium
from tests.seeother_shop.demo.command import four_ports, seeother

PARTS = {
    "storefront": "seeother_shop.storefront",
    "watch": "watch",
    "payments": "seeother_shop.payments",
    "inventory": "seeother_shop.inventory",
    "shoppers": "seeother_shop.shoppers",
}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]  # six processes and a browser on a busy machine


@pytest.mark.parametrize(
    "part", [pytest.param(part, marks=[] if part == "shoppers" else pytest.mark.whole) for part in PARTS]
)
def test_a_killed_part_ends_the_demo(part: str) -> None:
    """The line names the part and what happened to it."""
    with seeother("demo", "--headless", "--shoppers", "2") as command:
        command.await_word("open:")
        if part == "shoppers" and find_chromium():
            command.await_process("chrom")

        command.child(PARTS[part]).kill()
        code, output, said = command.finish()

        assert code == 3
        assert said.splitlines()[-1] == f"seeother: demo: {part} was killed by SIGKILL"
        assert output == ""
        assert command.left_over() == []


@pytest.mark.parametrize(
    ("offset", "part"),
    [
        (0, "storefront"),
        *[
            pytest.param(offset, part, marks=pytest.mark.whole)
            for offset, part in enumerate(["watch", "payments", "inventory"], 1)
        ],
    ],
)
def test_a_taken_port_is_said_at_once(offset: int, part: str) -> None:
    """The line has the port, who wants it, and the cure; what listens there is left alone."""
    port = four_ports()
    with socket.create_server(("127.0.0.1", port + offset)), seeother("demo", "--headless", port=port) as command:
        code, output, said = command.finish()

        assert code == 3
        line = said.splitlines()[-1]
        assert line.startswith("seeother: demo: ")
        assert f":{port + offset}" in line
        assert part in line
        assert "--port" in line
        assert output == ""


def test_a_killed_demo_leaves_nothing_behind() -> None:
    """SIGKILL gives it no chance to tidy up; its children end by themselves, the browser included."""
    with seeother("demo", "--headless", "--shoppers", "2") as command:
        command.await_word("open:")
        if find_chromium():
            command.await_process("chrom")

        command.process.kill()
        command.finish()

        assert len(command.family) >= 5
        assert command.left_over() == []


@pytest.mark.whole
def test_the_shop_alone_ends_cleanly_too() -> None:
    """`seeother shop` prints its addresses and ends by Ctrl-C with 0."""
    with seeother("shop") as command:
        command.output.await_word("Ctrl-C")
        command.look_around()
        command.process.send_signal(signal.SIGINT)
        code, output, said = command.finish()

        assert output.splitlines()[0].split() == ["shop", f"http://127.0.0.1:{command.port}"]
        assert code == 0
        assert said == ""
        assert len(command.family) == 3
        assert command.left_over() == []
