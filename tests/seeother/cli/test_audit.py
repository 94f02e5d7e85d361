# SPDX-License-Identifier: Apache-2.0
"""`seeother audit` as a process."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.seeother.cli.conftest import Run


def har(path: Path, *exchanges: tuple[str, int]) -> Path:
    """A recording of these methods and statuses, each answer with a Location."""
    entries = [
        {
            "request": {"method": method, "url": "https://shop.example/orders?token=s3cret", "headers": []},
            "response": {"status": status, "headers": [{"name": "Location", "value": "/orders/7"}]},
        }
        for method, status in exchanges
    ]
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}))
    return path


def test_finding_makes_it_fail(run: Run, tmp_path: Path) -> None:
    """The report is on standard output, the exit code is 1."""
    process = run("audit", har(tmp_path / "shop.har", ("GET", 200), ("POST", 302)))

    assert process.returncode == 1
    assert process.stderr == ""
    assert "  warning RED001 ambiguous-redirect-after-action\n" in process.stdout
    assert "    POST https://shop.example/orders?token=[redacted] -> 302\n" in process.stdout
    assert "exchange:  2\n" in process.stdout
    assert process.stdout.endswith("\n0 errors, 1 warning, 0 advice\n")
    assert "s3cret" not in process.stdout
    assert "\x1b" not in process.stdout


def test_right_answers_pass(run: Run, tmp_path: Path) -> None:
    """No finding, exit code 0."""
    process = run("audit", har(tmp_path / "shop.har", ("POST", 303), ("GET", 200)))

    assert process.returncode == 0
    assert process.stdout.endswith("shop.har: 2 exchanges judged\n\n0 errors, 0 warnings, 0 advice\n")


@pytest.mark.parametrize(
    ("method", "fail_on", "code"),
    [
        ("POST", "error", 0),
        ("POST", "warning", 1),
        ("POST", "advice", 1),
        ("POST", "never", 0),
        ("PUT", "error", 1),
        ("PUT", "never", 0),
    ],
)
def test_fail_on_decides_the_exit_code(run: Run, tmp_path: Path, method: str, fail_on: str, code: int) -> None:
    """302 is a warning after POST and an error after PUT; both are shown whatever the exit code."""
    process = run("audit", "--fail-on", fail_on, har(tmp_path / "shop.har", (method, 302)))

    assert process.returncode == code
    assert "RED001" in process.stdout


def test_json_is_one_document(run: Run, tmp_path: Path) -> None:
    """The target's own document for one, all and their sum for several."""
    bad, good = har(tmp_path / "bad.har", ("POST", 302)), har(tmp_path / "good.har", ("POST", 303))

    one = run("audit", "--format", "json", "bad.har")
    both = run("audit", "--format", "json", bad, good)

    document = json.loads(one.stdout)
    assert one.returncode == 1
    assert list(document) == ["target", "exchanges", "findings", "summary"]
    assert document["target"] == "bad.har"
    assert document["findings"][0]["exchange"] == 1
    assert both.returncode == 1
    assert [audit["target"] for audit in json.loads(both.stdout)["audits"]] == [str(bad), str(good)]
    assert json.loads(both.stdout)["summary"] == {"error": 0, "warning": 1, "advice": 0}


@pytest.mark.parametrize(
    ("target", "code", "words"),
    [
        ("gone.har", 3, "gone.har: cannot be read: No such file or directory"),
        (".", 3, "cannot be read: Is a directory"),
        ("https://shop.example/", 2, "only recordings can be audited so far"),
        ("HTTP://shop.example/", 2, "only recordings"),
        ("text.har", 2, "text.har: this is not JSON"),
        ("empty.har", 2, "empty.har: no exchange in it was answered"),
    ],
)
def test_unusable_target_is_one_clear_line(run: Run, tmp_path: Path, target: str, code: int, words: str) -> None:
    """Nothing on standard output, and the exit code tells whose fault it is."""
    (tmp_path / "text.har").write_text("hello")
    har(tmp_path / "empty.har")

    for format_ in ("text", "json"):
        process = run("audit", "--format", format_, target)

        assert process.returncode == code
        assert process.stdout == ""
        assert process.stderr.startswith("seeother: audit: ")
        assert process.stderr.count("\n") == 1
        assert words in process.stderr


def test_a_report_is_whole_or_not_there(run: Run, tmp_path: Path) -> None:
    """One unusable target of three: each complaint is told, and no half report is printed."""
    process = run("audit", har(tmp_path / "good.har", ("POST", 302)), "gone.har", "ftp://x")

    assert process.returncode == 3
    assert process.stdout == ""
    assert process.stderr.count("\n") == 2


@pytest.mark.parametrize(
    ("environ", "is_coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colour_is_for_terminals_that_want_it(tmp_path: Path, environ: dict[str, str], *, is_coloured: bool) -> None:
    """On a real terminal there is colour, unless its owner is against it."""
    path = har(tmp_path / "shop.har", ("POST", 302))
    ours, theirs = pty.openpty()
    plain = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | {"TERM": "xterm"}

    process = subprocess.Popen([sys.executable, "-m", "seeother", "audit", path], stdout=theirs, env=plain | environ)
    code = process.wait(timeout=30)
    shown = os.read(ours, 65536).decode()
    os.close(theirs)
    os.close(ours)

    assert code == 1
    assert ("\x1b[33mwarning" in shown) is is_coloured
    assert "RED001" in shown
