# SPDX-License-Identifier: Apache-2.0
"""Sockets, bound first of all."""

import socket

import pytest

from seeother_shop.serving import PortTakenError, listen


def test_the_kernel_chooses_one_port_for_all_addresses() -> None:
    """A host with two addresses, as localhost has, is heard on both at the same port."""
    opened = listen("localhost", 0)

    ports = {each.getsockname()[1] for each in opened}
    families = [each.family for each in opened]
    for each in opened:
        each.close()
    assert len(ports) == 1
    assert families[0] == socket.AF_INET


def test_a_taken_port_is_said_and_nothing_stays_open() -> None:
    """The error names host and port."""
    (first,) = listen("127.0.0.1", 0)
    port = first.getsockname()[1]

    with pytest.raises(PortTakenError, match=f"127.0.0.1:{port}: Address already in use"):
        listen("127.0.0.1", port)

    first.close()


def test_a_closed_port_can_be_had_again_at_once() -> None:
    """A restart need not wait for old connections to be forgotten."""
    (first,) = listen("127.0.0.1", 0)
    port = first.getsockname()[1]
    with socket.create_connection(("127.0.0.1", port)):
        first.accept()[0].close()
    first.close()

    (second,) = listen("127.0.0.1", port)

    assert second.getsockname()[1] == port
    second.close()
