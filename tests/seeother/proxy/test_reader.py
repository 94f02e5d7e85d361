# SPDX-License-Identifier: Apache-2.0
"""What is read is what h11 reads, save that nothing goes over two lines."""

from itertools import pairwise

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.proxy.reader import Unfolding

START = b"POST / HTTP/1.1\r\nHost: shop\r\n"
CONTENT = b"a\n b\n\tc\r\n d"  # folds nothing: it is no head
WHOLE = START + b"Content-Length: %d\r\n\r\n" % len(CONTENT) + CONTENT
FOLDED = [
    START + b"Transfer-Encoding:\r\n chunked\r\n\r\n",
    START + b"X-Note: a\r\n\tb\r\n\r\n",
    START + b"X-Note: a\n b\n\n",
    START + b"X-Note: a\r\n ",
]

Event = h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]


def read(reader: h11.Connection, *pieces: bytes) -> list[Event]:
    """What a reader makes of these pieces, until it waits for more or gives up."""
    events: list[Event] = []
    for piece in pieces:
        reader.receive_data(piece)
        while (event := reader.next_event()) is not h11.NEED_DATA and event is not h11.PAUSED:
            events.append(event)
    return events


@pytest.mark.parametrize("sent", FOLDED, ids=repr)
def test_folded_line_is_refused(sent: bytes) -> None:
    """However its lines end, and before the head does."""
    with pytest.raises(h11.RemoteProtocolError) as refused:
        read(Unfolding(h11.SERVER), sent)

    assert refused.value.error_status_hint == 400


def test_h11_itself_joins_them() -> None:
    """Else nothing of this would be needed."""
    reader = h11.Connection(h11.SERVER)
    reader.receive_data(FOLDED[0])

    assert isinstance(reader.next_event(), h11.Request)


def test_second_head_is_looked_at_too() -> None:
    """As it comes together with the first."""
    reader = Unfolding(h11.SERVER)
    read(reader, WHOLE + FOLDED[0])
    reader.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
    reader.send(h11.EndOfMessage())
    reader.start_next_cycle()

    with pytest.raises(h11.RemoteProtocolError):
        reader.next_event()


@given(st.lists(st.integers(1, len(WHOLE)), max_size=6))
def test_what_is_folded_in_content_passes(cuts: list[int]) -> None:
    """However it is cut on its way."""
    ends = [0, *sorted(cuts), len(WHOLE)]
    pieces = [WHOLE[start:end] for start, end in pairwise(ends) if start < end]

    events = read(Unfolding(h11.SERVER), *pieces)

    assert b"".join([bytes(event.data) for event in events if isinstance(event, h11.Data)]) == CONTENT
    assert isinstance(events[0], h11.Request)
    assert isinstance(events[-1], h11.EndOfMessage)
