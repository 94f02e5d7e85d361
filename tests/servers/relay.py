# SPDX-License-Identifier: Apache-2.0
"""A relay between a client and a server on this machine, which cuts connections or holds answers when it is told to."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest


class Relay:
    """Passes bytes on in both directions; what a server answers can be lost on its way, or late."""

    def __init__(self, upstream: int) -> None:
        """Listen before the server on port `upstream`."""
        self._upstream = upstream
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self._marker: bytes | None = None
        self._times = 0  # that the marker is still looked for
        self._hold: float | None = None  # seconds that an answer is late; None where it is lost
        self.cuts = 0
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def cut_after(self, marker: bytes, *, times: int = 1) -> None:
        """Lose the next answers to something that contains these bytes, and the connections with them."""
        self._hold = None
        self._times = times
        self._marker = marker

    def hold_after(self, marker: bytes, seconds: float, *, times: int = 1) -> None:
        """Have the next answers to something that contains these bytes come later, though it is carried out at once."""
        self._hold = seconds
        self._times = times
        self._marker = marker

    @property
    def is_waiting(self) -> bool:
        """Whether what it is to disturb has not come by yet."""
        return self._marker is not None

    def cut(self) -> None:
        """Cut all connections that there are, wherever they are at."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            _cut(*pair)

    def close(self) -> None:
        """Cut all, and take no more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # a thread that accepts would take one more after a mere close
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._upstream))
            except OSError:
                return
            with self._lock:
                self._pairs.append((client, server))
            spoilt: list[float | None] = []  # what is to become of the next answers
            threading.Thread(target=self._ask, args=(client, server, spoilt), daemon=True).start()
            threading.Thread(target=self._answer, args=(client, server, spoilt), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket, spoilt: list[float | None]) -> None:
        for data in _read(client):
            if self._marker is not None and self._marker in data:
                spoilt.append(self._hold)
                self._times -= 1
                if self._times == 0:
                    self._marker = None
            try:
                server.sendall(data)
            except OSError:
                break
        _cut(client, server)

    def _answer(self, client: socket.socket, server: socket.socket, spoilt: list[float | None]) -> None:
        for data in _read(server):
            hold = spoilt.pop() if spoilt else 0.0
            if hold is None:
                self.cuts += 1
                break
            time.sleep(hold)
            try:
                client.sendall(data)
            except OSError:
                break
        _cut(client, server)


def _read(end: socket.socket) -> Iterator[bytes]:
    while True:
        try:
            data = end.recv(65536)
        except OSError:
            return
        if not data:
            return
        yield data


def _cut(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


@pytest.fixture
def relay() -> Iterator[Callable[[int], Relay]]:
    """Makes a relay before the server on a port; all are cut at the end."""
    made: list[Relay] = []

    def make(upstream: int) -> Relay:
        made.append(Relay(upstream))
        return made[-1]

    yield make
    for one in made:
        one.close()
