# SPDX-License-Identifier: Apache-2.0
"""Languages: which one a person gets, and that nothing is left untranslated."""

import ast
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother_shop import storefront
from seeother_shop.catalogue import PRODUCTS
from seeother_shop.payments import TEST_CARDS
from seeother_shop.storefront.address import COUNTRIES
from seeother_shop.storefront.words import choose, read_languages

_ROOM = Path(storefront.__file__).parent
_LANGUAGES = read_languages()
_SHOWN = {"title", "text", "way", "alert"}  # the arguments and names whose texts a person reads


def _in_templates() -> Iterator[str]:
    for template in _ROOM.glob("templates/*.html"):
        found = re.findall(r"""_\((?:"([^"]+)"|'([^']+)')""", template.read_text(encoding="utf-8"))
        yield from (double or single for double, single in found)


def _in_code() -> Iterator[str]:
    for name in ("browse.py", "checkout.py", "payment.py", "app.py"):
        for node in ast.walk(ast.parse((_ROOM / name).read_text(encoding="utf-8"))):
            match node:
                case ast.keyword(arg=str() as label) | ast.Assign(targets=[ast.Name(id=label)]):
                    names = {label}
                case ast.Dict(keys=keys):
                    names = {str(key.value) for key in keys if isinstance(key, ast.Constant)}
                case _:
                    continue
            if names & _SHOWN:
                yield from (
                    found.value
                    for found in ast.walk(node)
                    if isinstance(found, ast.Constant) and isinstance(found.value, str) and found.value[:1].isupper()
                )
    yield from re.findall(r'"((?:Please|This) [^"]+\.)"', (_ROOM / "address.py").read_text(encoding="utf-8"))
    yield from re.findall(r'^_[A-Z_]+ = "(.+)"$', (_ROOM / "clerk.py").read_text(encoding="utf-8"), re.MULTILINE)


def _shown() -> set[str]:
    """Every text of the shop that a person may read."""
    products = {value for product in PRODUCTS for value in asdict(product).values() if isinstance(value, str)}
    slugs = {product.slug for product in PRODUCTS}
    reasons = {reason for reason in TEST_CARDS.values() if reason}
    return {*_in_templates(), *_in_code(), *(products - slugs), *COUNTRIES.values(), *reasons}


def test_every_text_is_translated_and_every_translation_is_used() -> None:
    """A text that was changed in one place only is found here."""
    shown = _shown()

    missing = {tag: shown - set(words.texts) for tag, words in _LANGUAGES.items() if tag != "en"}
    unused = {tag: set(words.texts) - shown for tag, words in _LANGUAGES.items() if tag != "en"}
    assert (missing, unused) == ({"zh": set()}, {"zh": set()})
    assert len(shown) > 100


@pytest.mark.parametrize(
    ("accepted", "tag"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("fr,zh;q=0.2", "zh"),
        ("zh;q=0,en", "en"),
        ("ZH-Hant-TW", "zh"),
        ("fr,de", "en"),
        ("zh;q=high,en;q=0.1", "en"),
        ("*", "en"),
    ],
)
def test_the_best_language_is_chosen(accepted: str, tag: str) -> None:
    """By weight, then by order; a region makes no difference; English when nothing fits."""
    assert choose(_LANGUAGES, accepted).tag == tag


@given(st.text(max_size=60))
def test_any_field_chooses_a_language(accepted: str) -> None:
    """What a client sends never breaks a page."""
    assert choose(_LANGUAGES, accepted).tag in _LANGUAGES


def test_names_are_filled_in_both_languages() -> None:
    """A text with a place in it keeps the place."""
    said = {tag: words.say("Thank you, {name}", name="Ada {x}") for tag, words in _LANGUAGES.items()}

    assert all("Ada {x}" in text for text in said.values())
    assert len(set(said.values())) == len(said)
