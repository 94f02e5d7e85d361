# SPDX-License-Identifier: Apache-2.0
"""Clients that tell all that came, answer or not: over HTTP/1.1 (h11), and over HTTP/2 with TLS (h2)."""

import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import h11

LIMIT_SECONDS = 20
Line = tuple[str, str]


@dataclass(slots=True)
class Came:
    """What came: `ending` is whole, cut, or silence; `hints` are the links of a 103."""

    status: int = 0
    fields: list[Line] = field(default_factory=list[Line])
    content: bytes = b""
    hints: list[str] = field(default_factory=list[str])
    ending: str = "cut"

    def first(self, name: str) -> str | None:
        """The value of the first line with this name."""
        return next((value for key, value in self.fields if key == name), None)


def ask(
    port: int,
    method: str,
    path: str,
    *,
    fields: Sequence[Line] = (),
    content: bytes = b"",
    seconds: float = LIMIT_SECONDS,
) -> Came:
    """Ask over HTTP/1.1 on a connection of its own."""
    came, reader = Came(), h11.Connection(h11.CLIENT)
    lines = [("Host", f"127.0.0.1:{port}"), ("Connection", "close"), *fields, ("Content-Length", str(len(content)))]
    with socket.create_connection(("127.0.0.1", port), seconds) as wire:
        wire.sendall(reader.send(h11.Request(method=method, target=path, headers=lines)) or b"")
        wire.sendall((reader.send(h11.Data(data=content)) or b"") + (reader.send(h11.EndOfMessage()) or b""))
        try:
            while came.ending != "whole":
                event = reader.next_event()
                if event is h11.NEED_DATA:
                    reader.receive_data(wire.recv(65536))
                elif isinstance(event, h11.InformationalResponse):
                    came.hints += [value.decode() for name, value in event.headers if name == b"link"]
                elif isinstance(event, h11.Response):
                    came.status = event.status_code
                    came.fields = [(name.decode(), value.decode("latin-1")) for name, value in event.headers]
                elif isinstance(event, h11.Data):
                    came.content += event.data
                elif isinstance(event, h11.EndOfMessage):
                    came.ending = "whole"
                else:
                    break
        except (h11.RemoteProtocolError, ConnectionError):
            came.ending = "cut"
        except TimeoutError:
            came.ending = "silence"
    return came


def speaks_http2(port: int, certificate: Path) -> bool:
    """Whether a server agrees to HTTP/2."""
    with _tls(port, certificate) as wire:
        return wire.selected_alpn_protocol() == "h2"


def ask_http2(
    port: int, certificate: Path, method: str, path: str, *, fields: Sequence[Line] = (), content: bytes = b""
) -> Came:
    """Ask over HTTP/2 on a connection of its own."""
    came = Came()
    with _tls(port, certificate) as wire:
        assert wire.selected_alpn_protocol() == "h2"
        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
        connection.initiate_connection()
        head = [
            (":method", method),
            (":scheme", "https"),
            (":authority", f"127.0.0.1:{port}"),
            (":path", path),
            *fields,
        ]
        connection.send_headers(1, head, end_stream=not content)
        if content:
            connection.send_data(1, content, end_stream=True)
        wire.sendall(connection.data_to_send())
        over = False
        while not over:
            try:
                received = wire.recv(65536)
            except TimeoutError:
                came.ending = "silence"
                break
            if not received:
                break
            for event in connection.receive_data(received):
                over = _noted(event, came, connection) or over
            wire.sendall(connection.data_to_send())
    return came


def _noted(event: h2.events.Event, came: Came, connection: h2.connection.H2Connection) -> bool:
    """Note an event; whether it is the last."""
    match event:
        case h2.events.InformationalResponseReceived(headers=lines):
            came.hints += [bytes(value).decode() for name, value in lines or [] if name == b"link"]
        case h2.events.ResponseReceived(headers=lines):
            pairs = [(bytes(name).decode(), bytes(value).decode("latin-1")) for name, value in lines or []]
            came.status = int(pairs[0][1])
            came.fields = pairs[1:]
        case h2.events.DataReceived(data=data, flow_controlled_length=length):
            came.content += data or b""
            connection.acknowledge_received_data(length or 0, 1)
        case h2.events.StreamEnded():
            came.ending = "whole"
            return True
        case h2.events.StreamReset() | h2.events.ConnectionTerminated():
            return True
        case _:
            pass
    return False


def _tls(port: int, certificate: Path) -> ssl.SSLSocket:
    trusting = ssl.create_default_context(cafile=str(certificate))
    trusting.set_alpn_protocols(["h2", "http/1.1"])
    wire = socket.create_connection(("127.0.0.1", port), LIMIT_SECONDS)
    return trusting.wrap_socket(wire, server_hostname="localhost")
