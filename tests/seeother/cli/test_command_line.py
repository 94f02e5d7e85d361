# SPDX-License-Identifier: Apache-2.0
"""The command line as a whole: help, exit codes, and how it ends when something goes wrong."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import seeother
from seeother.cli.catalogue import CATALOGUE
from tests.seeother.cli.conftest import Run

HEAVY = {"chdb", "fastapi", "starlette", "uvicorn", "sqlalchemy", "numpy", "pandas", "rich", "pydantic"}


def test_help_names_every_verb(run: Run) -> None:
    """One line a verb, examples and exit codes."""
    process = run("--help")

    assert process.returncode == 0
    assert process.stderr == ""
    for verb in CATALOGUE:
        assert f"    {verb.name:<8}  {verb.summary}\n" in process.stdout
    assert "examples:" in process.stdout
    assert "exit codes:" in process.stdout


@pytest.mark.parametrize("verb", [verb.name for verb in CATALOGUE])
def test_help_of_a_verb_shows_examples(run: Run, verb: str) -> None:
    """Every verb can be used from its help alone."""
    process = run(verb, "--help")

    assert process.returncode == 0
    assert process.stdout.startswith(f"usage: seeother {verb} ")
    assert f"\nexamples:\n  seeother {verb}" in process.stdout


def test_version(run: Run) -> None:
    """The version is the package's."""
    process = run("--version")

    assert (process.returncode, process.stdout) == (0, f"seeother {seeother.__version__}\n")


def test_without_a_verb_help_goes_to_standard_error(run: Run) -> None:
    """It is wrong usage, and helps all the same."""
    process = run()

    assert process.returncode == 2
    assert process.stdout == ""
    assert "verbs:" in process.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["audti"], "there is no verb 'audti'; did you mean audit?"),
        (["zzz"], "see seeother --help"),
        (["--frobnicate"], "required: VERB"),
        (["audit"], "required: TARGET"),
        (["audit", "--format", "sarif", "a.har"], "invalid choice: 'sarif'"),
        (["a\x1b[31m\nb"], "no verb"),
    ],
)
def test_wrong_usage_is_one_clear_line(run: Run, arguments: list[str], words: str) -> None:
    """Exit code 2, nothing on standard output, no traceback and no control character."""
    process = run(*arguments)

    assert process.returncode == 2
    assert process.stdout == ""
    assert words in process.stderr.splitlines()[-1]
    assert process.stderr.replace("\n", "").isprintable()


@pytest.mark.parametrize("arguments", [["--help"], ["audit", "--help"], ["rules"], ["demo", "--help"]])
def test_light_verbs_import_nothing_heavy(arguments: list[str]) -> None:
    """What only other verbs need is not loaded, so help comes at once."""
    code = "import sys; from seeother.cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"

    process = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True, timeout=30
    )

    loaded = {name.partition(".")[0] for name in process.stderr.split()}
    assert loaded & HEAVY == set()


def test_help_of_all_loads_no_verb() -> None:
    """The list of verbs comes from the catalogue alone."""
    code = "import sys; from seeother.cli import main; main(['--help']); print(*sys.modules, file=sys.stderr)"

    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)

    loaded = set(process.stderr.split())
    assert not loaded & {f"seeother.cli.{verb.name}" for verb in CATALOGUE}
    assert not loaded & {"seeother.rules", "seeother.audit", "seeother.settings"}


def test_a_reader_that_goes_away_is_no_defect() -> None:
    """`seeother rules RED001 | head -1` ends quietly, as other programs do."""
    reading, writing = os.pipe()
    os.close(reading)

    process = subprocess.run(
        [sys.executable, "-m", "seeother", "rules", "RED001"],
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
        timeout=30,
    )
    os.close(writing)

    assert process.returncode == 141
    assert process.stderr == b""


def test_ctrl_c_ends_without_a_traceback(tmp_path: Path) -> None:
    """Exit code 130, and nothing said: the person at the keyboard knows."""
    fifo = tmp_path / "slow.har"
    os.mkfifo(fifo)
    with subprocess.Popen(
        [sys.executable, "-m", "seeother", "audit", fifo], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        with fifo.open("wb"):  # opens as soon as the audit reads
            process.send_signal(signal.SIGINT)
        # Closed by now: a signal that came just before the audit's read would not end that read, but its end does.
        out, err = process.communicate(timeout=30)

    assert (process.returncode, out, err) == (130, b"", b"")


def test_a_poor_terminal_gets_escapes(run: Run) -> None:
    """What the encoding lacks is shown as an escape instead of failing half-way."""
    process = run("audit", "caf\u00e9.har", PYTHONIOENCODING="ascii")

    assert process.returncode == 3
    assert process.stderr == "seeother: audit: caf\\xe9.har: cannot be read: No such file or directory\n"
