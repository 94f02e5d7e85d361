# SPDX-License-Identifier: Apache-2.0
"""The page that people read: the operator's own takes the place of ours, and is checked before it is needed."""

from pathlib import Path

import pytest

from seeother.errors import SettingsError
from seeother.policy.problem.page import FallbackPage
from seeother.policy.problem.problems import KEY_UNUSABLE, REFUSED

TEMPLATE = '<!doctype html><html lang="de"><title>$title</title><p>$detail $$5 $status</p><a href="$way_on">Weiter</a>'


def test_operator_s_page_takes_the_place_of_ours(tmp_path: Path) -> None:
    """The words that it asks for, and a dollar where it wants one."""
    path = tmp_path / "page.html"
    path.write_text(TEMPLATE, encoding="utf-8")
    page = FallbackPage(str(path)).page(REFUSED, status=422, way_on="/cart?a&b").decode()

    assert page == (
        f'<!doctype html><html lang="de"><title>{REFUSED.title}</title><p>{REFUSED.detail} $5 422</p>'
        '<a href="/cart?a&amp;b">Weiter</a>'
    )


def test_the_operator_s_page_tells_of_any_problem(tmp_path: Path) -> None:
    """Of those that happen only while requests pass as well, and what is filled in is text."""
    path = tmp_path / "page.html"
    path.write_text(TEMPLATE, encoding="utf-8")
    page = FallbackPage(str(path)).filled(KEY_UNUSABLE, way_on="/cart", filling={"why": "<b> is no key"}).decode()

    assert page.startswith(f'<!doctype html><html lang="de"><title>{KEY_UNUSABLE.title}</title><p>')
    assert "&lt;b&gt; is no key" in page
    assert page.endswith(' $5 400</p><a href="/cart">Weiter</a>')


@pytest.mark.parametrize(
    ("content", "cure"),
    [
        (b"$detail", r"add a link such as `<a href=\"\$way_on\">"),
        (b"$way_on", r"add `\$detail` or `\$detail_zh`"),
        (b"$way_on $detail $basket", r"asks for `\$basket`; there are \$again"),
        (b"$way_on $detail 5 $", r"write `\$\$`"),
        (b"$way_on $detail \xff", "UTF-8"),
    ],
)
def test_page_that_lacks_something_is_refused_with_the_cure(tmp_path: Path, content: bytes, cure: str) -> None:
    """When the guard is made, not when the page is needed."""
    path = tmp_path / "page.html"
    path.write_bytes(content)

    with pytest.raises(SettingsError, match=cure) as caught:
        FallbackPage(str(path))
    assert (caught.value.key, caught.value.value) == ("site.fallback", str(path))


@pytest.mark.parametrize("name", ["missing.html", "", "a\0b"])
def test_page_that_cannot_be_read_is_refused_with_the_cure(tmp_path: Path, name: str) -> None:
    """A file that is not there, a folder, and what is no path at all."""
    with pytest.raises(SettingsError):
        FallbackPage(f"{tmp_path}/{name}")
