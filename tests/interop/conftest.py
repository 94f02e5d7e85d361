# SPDX-License-Identifier: Apache-2.0
"""Tests with a Collector built from Go modules; they take minutes and the network, so only `make interop` runs them."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.servers.program import find

collect_ignore_glob = [] if os.environ.get("SEEOTHER_INTEROP") else ["test_*.py"]
_SOURCE = Path(__file__).with_name("collector")
_SECONDS = 540  # the first build fetches 200 modules and compiles them


@pytest.fixture(scope="session")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Collector's program, built here; without it nothing is told of it, and all tests fail that want it."""
    go, program = find("go"), tmp_path_factory.mktemp("collector") / "collector"
    if go is None:
        pytest.fail("no Go toolchain here (`go` on PATH): NOTHING WAS TRIED WITH A COLLECTOR", pytrace=False)
    environ = os.environ | {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly -buildvcs=false", "GOTOOLCHAIN": "local"}
    built = subprocess.run(
        [go, "build", "-o", program, "."],
        cwd=_SOURCE,
        env=environ,
        stderr=subprocess.PIPE,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if built.returncode != 0:
        reason = f"the Collector could not be built: NOTHING WAS TRIED WITH IT\n{built.stderr[-2000:]}"
        pytest.fail(reason, pytrace=False)
    return program
