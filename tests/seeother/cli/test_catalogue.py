# SPDX-License-Identifier: Apache-2.0
"""The catalogue of verbs is in step with the files and with the extras."""

import tomllib
from pathlib import Path

import pytest

from seeother.cli.catalogue import CATALOGUE
from seeother.cli.verb import Verb


@pytest.mark.parametrize("verb", CATALOGUE, ids=lambda verb: verb.name)
def test_verb_has_its_file(verb: Verb) -> None:
    """A file that adds the verb and runs it."""
    file = verb.load()

    assert callable(file.add)
    assert callable(file.run)


@pytest.mark.parametrize("verb", CATALOGUE, ids=lambda verb: verb.name)
def test_verb_names_extras_that_exist(verb: Verb) -> None:
    """What a verb asks people to install can be installed."""
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]

    assert set(verb.extras) <= set(project["optional-dependencies"])
