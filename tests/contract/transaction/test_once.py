# SPDX-License-Identifier: Apache-2.0
"""An action, its row in the ledger and its answer are committed together or not at all, whatever the library."""

import pytest

from tests.contract.transaction.conftest import Books, Opener
from tests.contract.transaction.shops import LONG, RefusedError, Shop, Wish


async def test_what_was_done_is_replayed_by_another_process(opened: Opener, books: Books) -> None:
    """The answer is replayed byte for byte from the database, cookies, NUL and all, and nothing runs again."""
    async with opened() as one, opened() as other:
        first = await one.post()
        second = await other.post(Wish())

    assert books.orders == ["tea"]
    assert books.actions == [("k-1", 2)]
    assert not first.is_replayed
    assert second.is_replayed
    assert second.own == first
    assert [value for name, value in first.fields if name == "set-cookie"] == ["a=1", "b=2"]


async def test_a_session_of_its_own_is_kept_until_the_answer(name: str, opened: Opener, books: Books) -> None:
    """From a maker, an engine or a pool the action has its own session: the application closes what it likes."""
    if name == "sqlite3":
        pytest.skip("there is no pool of its connections")
    async with opened(owned=True) as one, opened(owned=True) as other:
        first = await one.post()
        again = await one.post(Wish("coffee"), key="k-2")
        second = await other.post()

    assert books.orders == ["tea", "coffee"]
    assert (first.status, again.status, second.own) == (303, 303, first)
    assert books.actions == [("k-1", 2), ("k-2", 2)]


@pytest.mark.parametrize("owned", [False, True])
@pytest.mark.parametrize("how", ["inside", "after"])
async def test_an_exception_undoes_both(name: str, opened: Opener, books: Books, *, how: str, owned: bool) -> None:
    """A handler that raises leaves neither order nor claim: the key is free at once, and a retry does it."""
    if owned and name == "sqlite3":
        pytest.skip("there is no pool of its connections")
    async with opened(owned=owned) as here:
        failed = await here.post(Wish(how=how))
        left = (books.orders, books.actions)
        retried = await here.post(Wish(how=how), key="k-2")
        done = await here.post(Wish(how=""), key="k-3")

    assert (failed.status, retried.status, done.status) == (500, 500, 303)
    assert left == ([], [])
    assert books.orders == ["tea"]


@pytest.mark.parametrize("status", [500, 502, 503, 422, 429])
async def test_an_answer_that_nothing_happened_makes_it_so(here: Shop, books: Books, status: int) -> None:
    """A server error, a refusal for now and declared dialogue undo what was written and free the key."""
    first = await here.post(Wish(status=status))
    left = (books.orders, books.actions)
    second = await here.post(Wish(status=status))

    assert left == ([], [])
    assert (first.status, second.status, second.is_replayed) == (status, status, False)


async def test_a_declined_action_is_remembered(opened: Opener, books: Books) -> None:
    """A 402 is an answer like any other: what was written about it is committed, and it is replayed."""
    async with opened() as one, opened() as other:
        first = await one.post(Wish(status=402))
        second = await other.post(Wish(status=402))

    assert books.orders == ["tea"]
    assert (second.is_replayed, second.own) == (True, first)


async def test_a_caught_error_loses_the_rows_and_not_the_claim(opened: Opener, books: Books) -> None:
    """An exception that leaves the block undoes what the block wrote; the answer given for it is remembered."""
    async with opened() as one, opened() as other:
        first = await one.post(Wish(how="caught", status=409))
        second = await other.post(Wish(how="caught", status=409))

    assert books.orders == []
    assert books.actions == [("k-1", 2)]
    assert (second.is_replayed, second.own) == (True, first)


async def test_a_failed_statement_leaves_the_claim(here: Shop, books: Books) -> None:
    """After an error of the database in the block, caught outside, the answer can still be committed."""
    await here.post(Wish("tea"))

    second = await here.post(Wish("tea"), key="k-2")

    assert second.status == 500
    assert books.orders == ["tea"]
    assert books.actions == [("k-1", 2)]


async def test_another_request_under_the_key_is_refused(opened: Opener, books: Books) -> None:
    """The database, too, tells requests under one key apart."""
    async with opened() as one, opened() as other:
        await one.post()
        second = await other.post(Wish("coffee"))

    assert (second.status, books.orders) == (422, ["tea"])


async def test_an_answer_too_long_to_keep_is_unknown(opened: Opener, books: Books) -> None:
    """It is committed before its first byte leaves; a duplicate gets no second run and no made-up answer."""
    async with opened() as one, opened() as other:
        first = await one.post(Wish(how="long", status=200))
        second = await other.post(Wish(how="long", status=200))

    assert (first.status, first.content) == (200, LONG + LONG)
    assert books.orders == ["tea"]
    assert books.actions == [("k-1", 1)]
    assert second.status == 409
    assert b"outcome-unknown" in second.content


async def test_a_second_block_is_an_error_and_undoes_the_first(opened: Opener, books: Books) -> None:
    """An action is one transaction in one block."""
    async with opened() as here:
        answer = await here.post(Wish(how="twice"))

    assert (answer.status, books.orders, books.actions) == (500, [], [])


async def test_an_action_without_the_block_is_answered(here: Shop, books: Books) -> None:
    """Whoever forgets `once` still gets an answer; that nothing protected it is a finding of the guard's."""
    answer = await here.post(Wish(how="without"))

    assert (answer.status, books.actions) == (303, [])


async def test_without_a_key_the_block_is_a_transaction(opened: Opener, books: Books) -> None:
    """Where a key may be missing and is, the block commits at its end and undoes itself when it fails."""
    async with opened(idempotency="key") as here:
        done = await here.post(Wish(how="charge"), key=None)
        failed = await here.post(Wish("coffee", how="inside"), key=None)

    assert (done.status, failed.status) == (303, 500)
    assert (books.orders, books.actions) == (["tea"], [])


async def test_messages_are_committed_with_the_action(opened: Opener, books: Books) -> None:
    """An outbox row stands beside the order, with a key that is the same in every repetition; or neither does."""
    async with opened() as here:
        await here.post(Wish(how="charge", status=500))
        left = books.rows("SELECT count(*) FROM seeother_outbox")
        await here.post(Wish(how="charge"))
    rows = books.rows("SELECT kind, key, payload, attempts FROM seeother_outbox ORDER BY id")

    assert left == [(0,)]
    assert [kind for kind, *_ in rows] == ["charge", "mail"]
    charge, mail = rows
    assert charge[2] == f'{{"key": "{charge[1]}"}}'
    assert mail[2] == '["tea"]'
    assert len({charge[1], mail[1]}) == 2
    assert {len(key) for _, key, *_ in rows} == {40}


@pytest.mark.parametrize("how", ["commit", "rollback"])
async def test_ending_the_transaction_oneself_is_an_error(name: str, opened: Opener, books: Books, how: str) -> None:
    """A success that could not be committed with its answer is never sent; the error says what to do."""
    if name == "asyncpg":
        pytest.skip("its connections have no commit")
    async with opened(raising=True) as here:
        with pytest.raises(Exception, match=r"(?i)once\(\)|transaction|savepoint|context") as told:
            await here.post(Wish(how=how))

    assert not isinstance(told.value, RefusedError)
    assert books.actions in ([], [("k-1", 1)])
    assert len(books.orders) == len(books.actions)
