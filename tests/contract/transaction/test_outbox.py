# SPDX-License-Identifier: Apache-2.0
"""What an action has put into its outbox is delivered at least once, whatever the library."""

import inspect
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from seeother.ledger import AsyncOutbox, Delivery, Letter, Outbox, UndeliverableError, once
from tests.contract.transaction.conftest import Books
from tests.contract.transaction.libraries import AWAITING, BLOCKING, Awaiting

HASTE = Delivery(first_wait=0.0, attempts=3)


class Post:
    """Where messages go; `failures` are raised first, one for each charge."""

    def __init__(self, *failures: Exception) -> None:
        """Take whatever comes after these."""
        self.tried: list[Letter] = []
        self.failures = list(failures)
        self.carried: list[Mapping[str, str]] = []

    def take(self, letter: Letter) -> None:
        """Take a message."""
        self.tried.append(letter)
        if self.failures and letter.kind == "charge":
            raise self.failures.pop(0)

    @contextmanager
    def resume(self, carrier: Mapping[str, str]) -> Generator[None]:
        """Note on whose behalf it is done."""
        self.carried.append(carrier)
        yield


class Runner:
    """An outbox of either kind, awaited."""

    def __init__(self, library: Any, source: object, post: Post, delivery: Delivery) -> None:  # noqa: ANN401 - of both kinds
        """Deliver to `post`."""
        self._outbox: Outbox | AsyncOutbox
        if isinstance(library, Awaiting):

            async def deliver(letter: Letter) -> None:
                post.take(letter)

            self._outbox = AsyncOutbox(source, deliver, delivery)
        else:
            self._outbox = Outbox(source, post.take, delivery)

    async def __call__(self, call: str, *args: object) -> Any:  # noqa: ANN401 - what the call gives
        """Call, and wait for it."""
        result = getattr(self._outbox, call)(*args)
        return await result if inspect.isawaitable(result) else result


class Desk:
    """A database with its library: writes messages, and has runners."""

    def __init__(self, name: str, url: str) -> None:
        """Use this library."""
        self.library = (AWAITING.get(name) or BLOCKING[name])[1](url)
        self.source: Any = self.library.maker

    async def write(self, *kinds: str) -> None:
        """Write a message of each kind, outside of any guard."""
        if isinstance(self.library, Awaiting):
            async with once(self.source) as action:
                for kind in kinds:
                    await action.later(kind, {"of": kind})
        else:
            with once(self.source) as action:
                for kind in kinds:
                    action.later(kind, {"of": kind})

    def runner(self, post: Post, delivery: Delivery = HASTE) -> Runner:
        """One that delivers to `post`."""
        return Runner(self.library, self.source, post, replace(delivery, resume=post.resume))


@pytest.fixture
async def desk(name: str, books: Books) -> AsyncGenerator[Desk]:
    """The library's, with a pool that is open or a session that stays so."""
    made = Desk(name, books.url)
    session = made.library.session()
    if isinstance(made.library, Awaiting):
        async with session:
            yield made
        await made.library.close()
    else:
        with session as opened:
            made.source = made.source or opened
            yield made
        made.library.close()


async def test_messages_are_delivered_in_order_and_once(desk: Desk) -> None:
    """All that is due goes out, oldest first; what went out does not go out again."""
    await desk.write("charge", "mail")
    post = Post()
    run = desk.runner(post)

    assert await run("deliver_due") == 2
    assert await run("deliver_due") == 0
    assert [(letter.kind, letter.payload, letter.attempts) for letter in post.tried] == [
        ("charge", {"of": "charge"}, 1),
        ("mail", {"of": "mail"}, 1),
    ]
    assert await run("waiting") == []


async def test_a_failure_is_tried_again_with_the_same_key(desk: Desk) -> None:
    """The receiver can tell that it is the same message."""
    await desk.write("charge")
    post = Post(ConnectionError("no"))

    assert await desk.runner(post)("deliver_due") == 2
    assert len({letter.key for letter in post.tried}) == 1
    assert [letter.attempts for letter in post.tried] == [1, 2]


async def test_a_failure_waits_before_it_is_tried_again(desk: Desk) -> None:
    """A receiver that is away is not hammered; meanwhile the message is to be seen with its error."""
    await desk.write("charge")
    run = desk.runner(Post(ConnectionError("no")), Delivery(first_wait=60.0))

    assert await run("deliver_due") == 1
    assert await run("deliver_due") == 0
    (letter,) = await run("waiting")
    assert (letter.attempts, letter.error) == (1, "ConnectionError: no")


@pytest.mark.parametrize(
    ("failures", "attempts"),
    [([ConnectionError("no")] * 3, 3), ([UndeliverableError("no such account")], 1)],
)
async def test_what_cannot_be_delivered_is_dead_and_can_be_revived(
    desk: Desk, failures: list[Exception], attempts: int
) -> None:
    """After the last attempt, or at a refusal, it is put aside where it is seen; whoever has helped it revives it."""
    await desk.write("charge", "mail")
    post = Post(*failures)
    run = desk.runner(post)

    await run("deliver_due")
    (dead,) = await run("dead")

    assert (dead.kind, dead.attempts) == ("charge", attempts)
    assert str(failures[-1]) in (dead.error or "")
    assert await run("revive", dead.id) is True
    assert await run("revive", dead.id) is False
    assert await run("deliver_due") == 1
    assert post.tried[-1].key == dead.key
    assert await run("dead") == []


async def test_a_runner_that_vanished_is_succeeded(desk: Desk) -> None:
    """What was lent and not ended goes to the next runner after its lease, and the first one's word counts no more."""

    class VanishedError(BaseException):
        pass

    await desk.write("charge")

    class Vanishing(Post):
        def take(self, letter: Letter) -> None:
            super().take(letter)
            raise VanishedError

    first = Vanishing()
    with pytest.raises(VanishedError):
        await desk.runner(first, Delivery(lease=0.0))("deliver_due")
    second = Post()

    assert await desk.runner(second)("deliver_due") == 1
    assert first.tried[0].key == second.tried[0].key
    assert second.tried[0].attempts == 2


async def test_a_message_is_delivered_on_behalf_of_its_exchange(desk: Desk) -> None:
    """The carrier that was written with it is resumed around its delivery."""
    await desk.write("charge")
    post = Post()

    await desk.runner(post)("deliver_due")

    assert post.carried == [{}]


async def test_what_was_delivered_is_forgotten(desk: Desk, books: Books) -> None:
    """Delivered rows go when their time is up."""
    await desk.write("charge")
    run = desk.runner(Post(), Delivery(keep=-1.0))

    await run("deliver_due")

    assert books.rows("SELECT count(*) FROM seeother_outbox") == [(0,)]
