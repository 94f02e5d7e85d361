# SPDX-License-Identifier: Apache-2.0
"""What stands on a how-to page is code that exists, commands that work and exchanges that happened just now."""

import shutil
from pathlib import Path

import pytest

from tests.docs.page import EXAMPLES, HOW_TO, Block, blocks, content_fits, fits, message
from tests.docs.player import Player
from tests.servers.go_program import need_go

# About clusters, other people's programs and a page to look at, which cannot be played here.
READ = {"scale", "telemetry", "where-shoppers-fall-off"}
PAGES = sorted(path.stem for path in HOW_TO.glob("*.md") if path.stem not in READ)
CODE = {"python", "toml"}
PLAYED = {"console", "http", "text"}


def sources(page: str) -> list[str]:
    """What stands in the files of a page's example."""
    return [path.read_text() for path in sorted((EXAMPLES / page).rglob("*")) if path.suffix in {".py", ".toml"}]


def is_in(block: Block, texts: list[str]) -> bool:
    """Whether code stands in one of the files, word for word; what the page leaves out is an empty comment `# …`."""
    parts = [part.strip("\n") for part in block.text.split("# …")]
    return any(all(part in text for part in parts) for text in texts)


@pytest.mark.parametrize("page", PAGES)
def test_code_stands_in_the_example(page: str) -> None:
    """What a reader copies from the page is what the tests run."""
    texts = sources(page)
    code = [block for block in blocks(HOW_TO / f"{page}.md") if block.language in CODE]

    assert code
    assert [f"line {block.line}" for block in code if not is_in(block, texts)] == []


@pytest.mark.parametrize("page", PAGES)
def test_no_block_is_left_unread(page: str) -> None:
    """A block in any other language would be believed and never tried."""
    languages = {block.language for block in blocks(HOW_TO / f"{page}.md")}

    assert languages <= CODE | PLAYED


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("page", PAGES)
def test_page_comes_true(page: str, tmp_path: Path) -> None:
    """Its commands succeed, its server answers each request as shown, and its log lines are written."""
    directory = tmp_path / page
    if (EXAMPLES / page / "go.mod").exists():
        need_go()
    shutil.copytree(EXAMPLES / page, directory, ignore=shutil.ignore_patterns("__pycache__", "*.db*"))

    with Player(directory) as player:
        for block in blocks(HOW_TO / f"{page}.md"):
            player.play(block)

    assert player.exchanges


def test_page_is_read(tmp_path: Path) -> None:
    """Blocks come with their place; text between them does not."""
    path = tmp_path / "page.md"
    path.write_text("# A page\n\n```python\na = 1\n```\n\nand\n\n```http\nGET / HTTP/1.1\nHost: a\n\nb\n```\n")

    assert blocks(path) == [Block("python", 4, "a = 1"), Block("http", 10, "GET / HTTP/1.1\nHost: a\n\nb")]
    assert message(blocks(path)[1].text) == ("GET / HTTP/1.1", (("host", "a"),), "b")


def test_what_differs_is_seen() -> None:
    """Three dots stand for anything, all else for itself."""
    assert fits("journey=…; Path=/", "journey=abc; Path=/")
    assert not fits("journey=…; Path=/", "journey=abc; Path=/; Secure")
    assert content_fits('{"title": "…", "status": 409}', '{"title": "a", "status": 409, "more": 1}')
    assert not content_fits('{"status": 409}', '{"status": 400}')
    assert not content_fits('{"errors": [{"a": 1}]}', '{"errors": []}')
    assert content_fits("<h1>…</h1>", "<body>\n  <h1>Yes</h1>\n")
    assert not content_fits("<h1>No</h1>", "<h1>Yes</h1>")


def test_code_that_is_nowhere_is_seen() -> None:
    """A word that differs is enough."""
    assert is_in(Block("python", 1, "a = 1\n# …\nb = 2"), ["a = 1\nc = 3\nb = 2\n"])
    assert not is_in(Block("python", 1, "a = 1\nb = 2"), ["a = 1\nc = 3\nb = 2\n"])
