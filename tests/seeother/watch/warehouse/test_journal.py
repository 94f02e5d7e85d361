# SPDX-License-Identifier: Apache-2.0
"""What was being inserted is there for the next process: whole, or not at all, and once."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seeother.watch.warehouse import Body, Encoding, Signal
from seeother.watch.warehouse.journal import Journal
from seeother.watch.warehouse.receipts import digest_of

BODIES = st.lists(
    st.builds(
        Body,
        number=st.integers(0, (1 << 64) - 1),
        signal=st.sampled_from(Signal),
        encoding=st.sampled_from(Encoding),
        content=st.binary(max_size=50),
    ),
    min_size=1,
    max_size=6,
)


def digests(bodies: list[Body]) -> list[bytes]:
    """What the bodies are known by."""
    return [digest_of(body.signal, body.encoding, body.content) for body in bodies]


@given(batches=st.lists(BODIES, min_size=1, max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_last_batch_is_found_as_it_was(tmp_path: Path, batches: list[list[Body]]) -> None:
    """However long those before it were."""
    path = tmp_path / "journal"
    journal = Journal(path)
    for batch in batches:
        journal.write(batch, digests(batch))
    journal.close()

    after = Journal(path)

    assert after.take_up() == batches[-1]
    after.clear()
    assert after.take_up() == []
    after.close()


@given(batch=BODIES, earlier=BODIES, kept=st.integers(0, 9999))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_batch_whose_writing_was_cut_off_is_none(
    tmp_path: Path, batch: list[Body], earlier: list[Body], kept: int
) -> None:
    """Over an earlier one, as the system writes it: from the front. Its insert had not begun."""
    paths = [tmp_path / "earlier", tmp_path / "later"]
    for path, bodies in zip(paths, (earlier, batch), strict=True):
        path.unlink(missing_ok=True)
        journal = Journal(path)
        journal.write(bodies, digests(bodies))
        journal.close()
    old, new = [path.read_bytes() for path in paths]
    cut = kept % len(new)
    paths[1].write_bytes(new[:cut] + old[cut:])
    journal = Journal(paths[1])

    found = journal.take_up()

    journal.close()
    assert found in ([], batch, earlier)  # the cut may lie where both are the same


def test_more_bodies_than_the_system_takes_at_once(tmp_path: Path) -> None:
    """One call takes 1024 buffers."""
    bodies = [Body(number, Signal.LOGS, Encoding.JSON, str(number).encode()) for number in range(3000)]
    journal = Journal(tmp_path / "journal")

    journal.write(bodies, digests(bodies))

    assert journal.take_up() == bodies
    journal.close()


def test_a_batch_is_taken_up_only_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One that kills each process which takes it up would keep the store shut for ever."""
    bodies = [Body(1, Signal.TRACES, Encoding.PROTOBUF, b"the killer")]
    journal = Journal(tmp_path / "journal")
    journal.write(bodies, digests(bodies))

    assert [journal.take_up(), journal.take_up(), journal.take_up()] == [bodies, [], []]
    assert len(caplog.records) == 1
    journal.close()


def test_what_a_large_body_needed_is_given_back(tmp_path: Path) -> None:
    """The file stays as long as usual batches need it."""
    path = tmp_path / "journal"
    body = Body(1, Signal.TRACES, Encoding.PROTOBUF, bytes(33 << 20))
    journal = Journal(path)
    journal.write([body], digests([body]))

    journal.clear()
    journal.close()

    assert path.stat().st_size == 0
