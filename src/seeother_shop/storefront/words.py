# SPDX-License-Identifier: Apache-2.0
"""The languages of the shop. English is the key: a text without a translation is shown as it stands."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ENGLISH = "en"
_FOLDER = Path(__file__).parent / "words"


@dataclass(frozen=True, slots=True)
class Words:
    """One language: its tag (BCP 47) and its text for each English one."""

    tag: str
    texts: Mapping[str, str]

    def say(self, english: str, **values: object) -> str:
        """The text in this language, with `{names}` filled in."""
        return self.texts.get(english, english).format(**values) if values else self.texts.get(english, english)


def read_languages() -> dict[str, Words]:
    """English, and each file in the folder `words`, by tag."""
    found = {ENGLISH: Words(ENGLISH, {})}
    for path in sorted(_FOLDER.glob("*.toml")):
        found[path.stem] = Words(path.stem, tomllib.loads(path.read_text(encoding="utf-8")))
    return found


def choose(languages: Mapping[str, Words], accepted: str) -> Words:
    """The best of the languages for an Accept-Language field (RFC 9110 section 12.5.4); English when none fits."""
    ranked: list[tuple[float, int, str]] = []
    for position, part in enumerate(accepted.split(",")):
        tag, _, parameter = part.strip().partition(";")
        name, _, given = parameter.strip().partition("=")
        try:
            weight = float(given) if name == "q" else 1.0
        except ValueError:
            continue
        primary = tag.split("-", 1)[0].strip().lower()
        if primary in languages and weight > 0:
            ranked.append((-weight, position, primary))
    return languages[min(ranked)[2]] if ranked else languages[ENGLISH]
