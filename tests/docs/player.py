# SPDX-License-Identifier: Apache-2.0
"""Does what a page says, from top to bottom: its commands, its server, its exchanges and its log lines.

A copy of the page's example is its working directory. Nothing is installed: what `pip install` names is there.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote

from seeother.message import Status
from tests.docs.page import ANY, Block, Message, content_fits, fits, message
from tests.servers.program import free_port, listens, running

PAGE_PORT = "8000"  # the port that pages use
BEHIND_PORT = "8080"  # that of a server behind the page's
LOG_SECONDS = 10.0
_SERVES = re.compile(r"\b(uvicorn|flask --app|manage\.py runserver|seeother guard)\b")
_COOKIE = re.compile(r"([^=;\s]+)=…")
_FIELD = re.compile(r"(\w+)=…")
_ON_THE_WAY = re.compile(r"(\w+)=([\w.-]+)")
_HIDDEN = re.compile(r'name="(\w+)" value="([^"]*)"')


class Player:
    """One page under way."""

    def __init__(self, directory: Path) -> None:
        """Begin in a directory that holds the page's example."""
        self._directory = directory
        self._stack = ExitStack()
        self._environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SEEOTHER_")},
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self._port = 0
        self._behind = ExitStack()
        self._behind_port = free_port()
        self._cookies: dict[str, str] = {}
        self._hidden: dict[str, str] = {}  # fields of the forms that were shown, and of addresses led to
        self._asked: Message | None = None
        self.exchanges = 0

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop the server."""
        self._stack.close()
        self._behind.close()

    def play(self, block: Block) -> None:
        """Do what one block says, and compare what it shows."""
        where = f"line {block.line}"
        if block.language == "console":
            for line in _commands(block.text):
                self._run(line, where)
        elif block.language == "http" and block.text.startswith("HTTP/"):
            assert self._asked is not None, f"{where}: an answer to nothing"
            asked, self._asked = self._asked, None
            self._exchange(asked, message(block.text), where)
        elif block.language == "http":
            assert self._asked is None, f"{where}: two requests without an answer"
            self._asked = message(block.text)
        elif block.language == "text":
            self._logged(block.text, where)

    def _run(self, line: str, where: str) -> None:
        if line.startswith("pip install "):
            return
        if match := re.fullmatch(r"export (\w+)=(.*)", line):
            self._environ[match[1]] = self._output(f"echo -n {match[2]}", where)
        elif line.endswith(" &"):
            self._serve_behind(line.removesuffix(" &"))
        elif _SERVES.search(line):
            self._serve(line)
        elif line.startswith("seeother init "):
            self._draft(line, where)
        else:
            self._output(line, where)

    def _output(self, line: str, where: str) -> str:
        done = subprocess.run(
            ["bash", "-c", line], cwd=self._directory, env=self._environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{where}: {line}\n{done.stdout}{done.stderr}"
        return done.stdout

    def _draft(self, line: str, where: str) -> None:
        """Draft the settings anew, compare them with those of the example, and go on with what was made of them."""
        settings, drafted = self._directory / "seeother.toml", self._directory / "drafted.toml"
        kept, wanted = settings.read_text(), drafted.read_text()
        settings.unlink()
        self._output(line, where)
        assert settings.read_text() == wanted, f"{where}: `{line}` drafts something else than drafted.toml"
        settings.write_text(kept)

    def _serve(self, line: str) -> None:
        """Start the page's server in the place of the one before, on a port that is free."""
        self._stack.close()
        self._port = free_port()
        line = line.replace(PAGE_PORT, str(self._port)).replace(BEHIND_PORT, str(self._behind_port))
        command = ["bash", "-c", f"exec env {line}"]
        self._stack.enter_context(
            running(command, directory=self._directory, environ=self._environ, ready=lambda: listens(self._port))
        )

    def _serve_behind(self, line: str) -> None:
        """Start a server that stays until the page ends."""
        port, folder = self._behind_port, self._directory / "behind"
        folder.mkdir()
        command = ["bash", "-c", f"cd .. && exec env {line.replace(BEHIND_PORT, str(port))}"]
        server = running(command, directory=folder, environ=self._environ, ready=lambda: listens(port))
        self._behind.enter_context(server)

    def _exchange(self, asked: Message, shown: Message, where: str) -> None:
        answer, content = self._sent(asked)
        real = [(name.lower(), value) for name, value in answer.getheaders()]
        self._cookies.update(_set_cookies(value for name, value in real if name == "set-cookie"))
        self._hidden.update(_HIDDEN.findall(content))
        self._hidden.update(_ON_THE_WAY.findall(unquote(answer.getheader("location", ""))))
        status = Status(int(shown.start.split(" ")[1]))
        assert shown.start == f"HTTP/1.1 {int(status)} {status.phrase}", where
        assert answer.status == status, f"{where}: {answer.status} {real} {content}"
        for name, value in shown.fields:
            found = [each for other, each in real if other == name]
            assert any(fits(value, each) for each in found), f"{where}: {name}: {value} is not in {real}"
        assert not shown.content or content_fits(shown.content, content), f"{where}: the content is {content}"
        self.exchanges += 1

    def _sent(self, asked: Message) -> tuple[HTTPResponse, str]:
        method, target, _ = asked.start.split(" ")
        connection = HTTPConnection("127.0.0.1", self._port, timeout=20)
        self._stack.callback(connection.close)
        target = _FIELD.sub(lambda match: f"{match[1]}={self._hidden[match[1]]}", target)
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in asked.fields:
            connection.putheader(name, _COOKIE.sub(lambda match: f"{match[1]}={self._cookies[match[1]]}", value))
        content = _FIELD.sub(lambda match: f"{match[1]}={self._hidden[match[1]]}", asked.content).encode()
        if method not in {"GET", "HEAD"}:
            connection.putheader("content-length", str(len(content)))
        connection.endheaders(content)
        answer = connection.getresponse()
        return answer, answer.read().decode()

    def _logged(self, text: str, where: str) -> None:
        """Wait until the server has logged each line."""
        limit = time.monotonic() + LOG_SECONDS
        output = self._directory / "output"
        for line in text.split("\n"):
            while not any(fits(line, each) for each in output.read_text().split("\n")):
                assert time.monotonic() < limit, f"{where}: {line!r} is not in\n{output.read_text()}"
                time.sleep(0.05)


def _commands(text: str) -> Iterator[str]:
    """The commands of a block, without the remarks beside them."""
    for line in text.split("\n"):
        if command := re.sub(r"\s+# .*", "", line).strip():
            yield command


def _set_cookies(lines: Iterator[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, _, value = line.partition(";")[0].partition("=")
        assert ANY not in value
        yield name, value
