# SPDX-License-Identifier: Apache-2.0
"""`seeother demo` refuses what cannot be, before anything is started; what it does then is tested beside the demo."""

import pytest

from tests.seeother.cli.conftest import Run


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--port", "65533"), "65532"),
        (("--port", "http"), "'http'"),
        (("--shoppers", "-1"), "'-1'"),
        (("--seconds", "0"), "'0'"),
        (("--seconds", "nan"), "'nan'"),
        (("--fault", "earthquake"), "inventory-504, payment-lost"),
        (("--fault", "payment-lost@9-3"), "payment-lost@9-3"),
    ],
)
def test_wrong_arguments_are_refused_with_the_cure(run: Run, arguments: tuple[str, ...], word: str) -> None:
    """Exit code 2, the value or the cure on the last line, nothing on standard output."""
    ended = run("demo", *arguments)

    assert ended.returncode == 2
    assert word in ended.stderr.splitlines()[-1]
    assert ended.stdout == ""
