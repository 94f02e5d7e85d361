# SPDX-License-Identifier: Apache-2.0
"""Every whole line once, whatever becomes of the file."""

import os
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.watch.access_log import Tail
from seeother.watch.access_log.tail import LINE_LIMIT, Position


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log with a line in it that is old already."""
    path = tmp_path / "access.log"
    path.write_bytes(b"old\n")
    return path


def add(path: Path, data: bytes) -> None:
    """Write as nginx does."""
    with path.open("ab") as file:
        file.write(data)


def test_lines_come_when_they_are_whole(log: Path) -> None:
    """From where the file ended."""
    tail = Tail(log)
    assert tail.read() == []
    add(log, b"one\ntw")
    assert tail.read() == [b"one"]
    assert tail.read() == []
    add(log, b"o\n\nthree\n")
    assert tail.read() == [b"two", b"", b"three"]
    tail.close()


def test_renamed_file_is_read_to_its_end(log: Path) -> None:
    """Nginx writes to the old one until it reopens, and the new one may be there before."""
    tail = Tail(log)
    old = log.rename(log.with_suffix(".1"))
    assert tail.read() == []
    log.touch()
    add(old, b"last\n")
    assert tail.read() == [b"last"]
    assert tail.read() == []
    add(log, b"first\n")
    assert tail.read() == [b"first"]
    tail.close()


def test_line_is_read_that_comes_when_the_old_file_seems_done(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but empty was read of it; until it is found to be replaced, nginx may have written the last."""
    tail = Tail(log)
    old = log.rename(log.with_suffix(".1"))
    look = Path.stat

    def written_before_the_look(path: Path, **how: bool) -> os.stat_result:
        if path == log and log.name not in os.listdir(log.parent):  # noqa: PTH208 - Path's own would ask stat()
            add(old, b"last\n")
            add(log, b"first\n")
        return look(path, **how)

    monkeypatch.setattr(Path, "stat", written_before_the_look)
    assert tail.read() == [b"last"]
    assert tail.read() == [b"first"]
    tail.close()


def test_file_that_was_cut_short_is_read_from_its_beginning(log: Path) -> None:
    """As logrotate's copytruncate does; half a line that went with the rest is gone."""
    tail = Tail(log)
    add(log, b"one\nhal")
    assert tail.read() == [b"one"]
    log.write_bytes(b"new\n")
    assert tail.read() == [b"new"]
    tail.close()


def test_file_may_come_later(tmp_path: Path) -> None:
    """Then it is read from its beginning."""
    tail = Tail(tmp_path / "access.log")
    assert (tail.read(), tail.position) == ([], None)
    add(tmp_path / "access.log", b"one\n")
    assert tail.read() == [b"one"]
    tail.close()


def test_another_goes_on_where_one_has_stopped(log: Path) -> None:
    """After the last whole line; in another file of the name, or one cut short, from the beginning."""
    tail = Tail(log)
    add(log, b"one\ntw")
    assert tail.read() == [b"one"]
    position = tail.position
    tail.close()
    add(log, b"o\n")
    second = Tail(log, position)
    assert second.read() == [b"two"]
    second.close()
    for elsewhere in (Position(1, 4), Position(position.inode if position else 0, 4096)):
        third = Tail(log, elsewhere)
        assert third.read() == [b"old", b"one", b"two"]
        third.close()


def test_line_without_end_takes_no_memory(log: Path) -> None:
    """It is left out, and the next one is read."""
    tail = Tail(log)
    add(log, b"x" * LINE_LIMIT)
    assert tail.read() == []
    add(log, b"x" * LINE_LIMIT)
    assert tail.read() == []
    add(log, b"x\nnext\n")
    assert tail.read() == [b"next"]
    position = tail.position
    assert position is not None
    assert position.offset == log.stat().st_size
    tail.close()


@given(lines=st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b"")), max_size=8), cuts=st.data())
def test_pieces_do_not_matter(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], cuts: st.DataObject
) -> None:
    """However the bytes come, the lines are the same."""
    log = tmp_path_factory.mktemp("log") / "access.log"
    log.touch()
    rest, read = b"".join(line + b"\n" for line in lines), list[bytes]()
    with closing(Tail(log)) as tail:
        while rest:
            size = cuts.draw(st.integers(1, len(rest)))
            add(log, rest[:size])
            rest = rest[size:]
            read += tail.read()
    assert read == lines
