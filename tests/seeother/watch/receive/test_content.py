# SPDX-License-Identifier: Apache-2.0
"""Content is read whole, decompressed, bounded, and refused when it is broken."""

import asyncio
import gzip
import itertools
from collections.abc import Callable, Sequence

import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message, Receive

from seeother.watch.receive import content as content_module
from seeother.watch.receive.coding import MEMBERS, BrokenContentError
from seeother.watch.receive.content import DisconnectedError, SlowError, TooLargeError, read_content
from seeother.watch.receive.hold import FullError, Hold

ROOM = 1 << 30
PACK: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "zstd": zstd.compress}
BY_CODING = pytest.mark.parametrize("coding", PACK)


def sender(chunks: Sequence[bytes], *, leaves: bool = False) -> Receive:
    """What an ASGI server would hand over, chunk by chunk."""
    messages: list[Message] = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages.append({"type": "http.disconnect"} if leaves else {"type": "http.request", "body": b""})
    left = iter(messages)

    async def receive() -> Message:
        return next(left)

    return receive


def cut(content: bytes, places: Sequence[int]) -> list[bytes]:
    """The content in pieces."""
    ends = sorted({place % (len(content) + 1) for place in places} | {0, len(content)})
    return [content[start:end] for start, end in itertools.pairwise(ends)]


@BY_CODING
@given(
    members=st.lists(st.binary(max_size=300), min_size=1, max_size=3), places=st.lists(st.integers(0, 999), max_size=5)
)
async def test_codings_are_undone_however_they_are_cut(coding: str, members: list[bytes], places: list[int]) -> None:
    """Members follow one another; chunks may end anywhere."""
    compressed = b"".join([PACK[coding](member) for member in members])

    with Hold(ROOM).share() as share:
        content = await read_content(sender(cut(compressed, places)), share, coding=coding, limit_bytes=ROOM)

    assert content == b"".join(members)


@given(content=st.binary(max_size=300), places=st.lists(st.integers(0, 999), max_size=5))
async def test_plain_content_is_joined(content: bytes, places: list[int]) -> None:
    """Whatever stands in it, also gzip."""
    with Hold(ROOM).share() as share:
        assert content == await read_content(sender(cut(content, places)), share, coding=None, limit_bytes=ROOM)


@BY_CODING
@given(content=st.binary(min_size=1, max_size=300), kept=st.integers(0, 999))
async def test_what_ends_too_early_is_broken(coding: str, content: bytes, kept: int) -> None:
    """Half a member is no member, and neither is nothing."""
    compressed = PACK[coding](content)
    begun = compressed[: kept % len(compressed)]

    with Hold(ROOM).share() as share, pytest.raises(BrokenContentError):
        await read_content(sender([begun]), share, coding=coding, limit_bytes=ROOM)


@BY_CODING
@pytest.mark.parametrize("is_behind", [False, True], ids=["before", "behind"])
async def test_rubbish_is_broken(coding: str, *, is_behind: bool) -> None:
    """Before or after a member."""
    content = (PACK[coding](b"x") if is_behind else b"") + b"rubbish" * 9

    with Hold(ROOM).share() as share, pytest.raises(BrokenContentError, match=f"no {coding}"):
        await read_content(sender([content]), share, coding=coding, limit_bytes=ROOM)


async def test_a_window_larger_than_a_coding_may_have_is_broken() -> None:
    """RFC 9659: 8 MB; more is memory that the sender chooses."""
    options: dict[int, int] = {zstd.CompressionParameter.window_log: 24, zstd.CompressionParameter.content_size_flag: 0}
    compressor = zstd.ZstdCompressor(options=options)
    content = compressor.compress(bytes(100)) + compressor.flush()

    with Hold(ROOM).share() as share, pytest.raises(BrokenContentError):
        await read_content(sender([content]), share, coding="zstd", limit_bytes=ROOM)


@BY_CODING
async def test_large_content_comes_out_whole(coding: str) -> None:
    """More than one piece of output from one chunk of input."""
    content = bytes(5_000_001)

    with Hold(ROOM).share() as share:
        assert content == await read_content(
            sender([PACK[coding](content)]), share, coding=coding, limit_bytes=len(content)
        )


@pytest.mark.parametrize("coding", [None, *PACK])
async def test_content_over_the_limit_is_refused_before_it_is_held(coding: str | None) -> None:
    """A bomb is given up at the limit, not at its end."""
    bomb = bytes(1 << 20) if coding is None else PACK[coding](bytes(100 << 20))
    hold = Hold(ROOM)

    with hold.share() as share:
        with pytest.raises(TooLargeError):
            await read_content(sender([bomb] * 10), share, coding=coding, limit_bytes=3 << 20)
        assert hold.held_bytes <= 3 << 20


@BY_CODING
async def test_members_that_give_little_are_given_up(coding: str) -> None:
    """Each has its price, whatever comes out: 64 KiB of empty zstd frames held the loop up for a tenth of a second."""
    members = PACK[coding](b"") * MEMBERS

    with Hold(ROOM).share() as share:
        assert await read_content(sender([members]), share, coding=coding, limit_bytes=ROOM) == b""
        with pytest.raises(BrokenContentError, match="members"):
            await read_content(sender([members, PACK[coding](b"")]), share, coding=coding, limit_bytes=ROOM)


@BY_CODING
async def test_input_is_bounded_as_output_is(coding: str) -> None:
    """What gives nothing may not come for ever: here a block of a member that does not end."""
    nothing = {"gzip": b"\x00\x00\x00\xff\xff", "zstd": b"\x00\x00\x00"}[coding]  # an empty stored block
    head = {"gzip": gzip.compress(b"")[:10], "zstd": b"\x28\xb5\x2f\xfd\x00\x00"}[coding]

    with Hold(ROOM).share() as share, pytest.raises(TooLargeError):
        await read_content(sender([head, nothing * 10_000]), share, coding=coding, limit_bytes=1000)


async def test_content_is_refused_when_there_is_no_room() -> None:
    """The room is asked for while the content comes in."""
    with Hold(100).share() as share, pytest.raises(FullError):
        await read_content(sender([bytes(60), bytes(60)]), share, coding=None, limit_bytes=ROOM)


async def test_a_sender_who_leaves_is_noticed() -> None:
    """Half a content is none."""
    with Hold(100).share() as share, pytest.raises(DisconnectedError):
        await read_content(sender([b"half"], leaves=True), share, coding=None, limit_bytes=ROOM)


async def test_content_that_does_not_come_in_time_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what it held with it."""
    monkeypatch.setattr(content_module, "_LIMIT_SECONDS", 0.01)
    hold = Hold(100)
    sent = iter([{"type": "http.request", "body": b"half", "more_body": True}])

    async def receive() -> Message:
        for message in sent:
            return message
        return await asyncio.Future[Message]()

    with pytest.raises(SlowError), hold.share() as share:
        await read_content(receive, share, coding=None, limit_bytes=ROOM)

    assert hold.held_bytes == 0
