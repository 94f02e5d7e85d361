# SPDX-License-Identifier: Apache-2.0
"""Every relative link in a Markdown page leads somewhere."""

import re
from pathlib import Path

from tests.house.tree import ROOT, files, plant

LINK = re.compile(r"\]\(([^)\s]+)\)|<img[^>]* src=\"([^\"]+)\"|<source[^>]* srcset=\"([^\"]+)\"")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
ELSEWHERE = re.compile(r"[a-z]+:|#|/")


def dead_links(root: Path) -> list[str]:
    """Each link to a file that is not there; addresses of other sites are not tried."""
    found: list[str] = []
    for path in files(root):
        if path.suffix != ".md":
            continue
        for match in LINK.finditer(FENCE.sub("", (root / path).read_text())):
            link = next(group for group in match.groups() if group)
            if not ELSEWHERE.match(link) and not (root / path.parent / link.partition("#")[0]).exists():
                found.append(f"{path}: {link}")
    return found


def test_every_link_leads_somewhere() -> None:
    """A reader never meets a page that was moved."""
    assert dead_links(ROOT) == []


def test_a_dead_link_is_seen(tmp_path: Path) -> None:
    """Links are read from the page's own folder; code blocks and other sites are left alone."""
    plant(
        tmp_path,
        "docs/a.md",
        "[b](b.md#part) [c](../c.md) [d](d.md) [e](https://shop.example/e)\n```\n[f](f.md)\n```\n",
    )
    plant(tmp_path, "docs/b.md", '<img alt="" src="b.png">')
    plant(tmp_path, "c.md")

    assert dead_links(tmp_path) == ["docs/a.md: d.md", "docs/b.md: b.png"]
