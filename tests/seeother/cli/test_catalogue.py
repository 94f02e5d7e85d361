# SPDX-License-Identifier: Apache-2.0
"""The catalogue of verbs is in step with the files and with the extras."""

import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from seeother.cli.catalogue import CATALOGUE
from seeother.cli.verb import Verb

EXTRAS: dict[str, list[str]] = tomllib.loads(Path("pyproject.toml").read_text())["project"]["optional-dependencies"]


def brought_by(extra: str) -> set[str]:
    """The distributions that an extra names, those of the extras inside it included."""
    found: set[str] = set()
    for requirement in EXTRAS[extra]:
        match = re.match(r"([a-z0-9-]+)(?:\[([a-z,]+)\])?", requirement)
        assert match is not None
        inner = match[2].split(",") if match[1] == "seeother" else []
        found |= {name for each in inner for name in brought_by(each)} if inner else {match[1]}
    return found


@pytest.mark.parametrize("verb", CATALOGUE, ids=lambda verb: verb.name)
def test_verb_has_its_file(verb: Verb) -> None:
    """A file that adds the verb and runs it."""
    file = verb.load()

    assert callable(file.add)
    assert callable(file.run)


@pytest.mark.parametrize("verb", [verb for verb in CATALOGUE if verb.extra], ids=lambda verb: verb.name)
def test_verb_looks_for_all_that_its_extra_brings(verb: Verb) -> None:
    """Each distribution of the extra has a package among those that are looked for, and all are here."""
    assert verb.extra is not None
    looked_for = {package.partition(".")[0] for package in verb.needs}
    provided = {each for name in looked_for for each in packages_distributions().get(name, [])}

    brought = {name for extra in verb.extra.split(",") for name in brought_by(extra)}
    assert brought - {each.lower() for each in provided} == set()
    assert verb.missing() == []


def test_a_package_inside_another_can_be_missing() -> None:
    """The package around it may be there or not."""
    verb = Verb("x", "does nothing", "all", ("json.decoder", "json.nothing", "nothing.at.all", "nothing"))

    assert verb.missing() == ["json.nothing", "nothing.at.all", "nothing"]
