# SPDX-License-Identifier: Apache-2.0
"""`seeother shop` refuses what cannot be, before anything is started; what it does then is tested beside the demo."""

import pytest

from tests.seeother.cli.conftest import Run


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--port", "0"), "65532"),
        (("--naive", "rude"), "order-302"),
        (("--database", "postgresql://shop"), "sqlite:///PATH"),
    ],
)
def test_wrong_arguments_are_refused_with_the_cure(run: Run, arguments: tuple[str, ...], word: str) -> None:
    """Exit code 2, the cure on the last line, nothing on standard output."""
    ended = run("shop", *arguments)

    assert ended.returncode == 2
    assert word in ended.stderr.splitlines()[-1]
    assert ended.stdout == ""
