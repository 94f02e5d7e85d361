# SPDX-License-Identifier: Apache-2.0
"""The page follows what changes, and says so when it cannot."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

from .conftest import Complaints, Opener, serving
from .page_contract import Answers, contract_app, finding, matrix_step, summary

Serve = Callable[[Answers], Awaitable[str]]


def quiet() -> Answers:
    """One step, three attempts."""
    return Answers(journeys=[summary(success=3)], matrices={"checkout": [matrix_step("product", 3)]})


async def expect_attempts(page: Page, attempts: str) -> None:
    """Wait until the only row of the matrix shows so many attempts."""
    await expect(page.locator("tbody tr[data-step=product] td").first).to_have_text(attempts)


async def test_a_change_shows_without_a_reload(serve: Serve, open_page: Opener) -> None:
    """New rows and a new finding appear as soon as the stream says that something changed."""
    answers = quiet()
    page = await open_page(await serve(answers))
    await expect_attempts(page, "3")
    await expect(page.locator(".state")).to_have_text("Live")
    await expect(page.get_by_text("No rule was violated in the last 15 minutes.")).to_be_visible()
    await expect(page.locator(".rows")).to_contain_text("telemetry")

    answers.matrices["checkout"] = [matrix_step("product", 4)]
    answers.findings = [finding()]
    answers.change()

    await expect_attempts(page, "4")
    await expect(page.get_by_role("region", name="Findings")).to_contain_text("RED001")


async def test_without_a_stream_the_page_polls(serve: Serve, open_page: Opener, complaints: Complaints) -> None:
    """A proxy that lets no stream through costs liveness, not the page."""
    answers = quiet()
    answers.has_stream = False
    complaints.expected.append("503")  # of the stream
    page = await open_page(await serve(answers))
    await expect_attempts(page, "3")
    await expect(page.locator(".state")).to_have_text("Polling")

    answers.matrices["checkout"] = [matrix_step("product", 5)]

    await expect_attempts(page, "5")


async def test_a_lost_watch_is_said_and_its_return_is_found(open_page: Opener, complaints: Complaints) -> None:
    """The last figures stay, marked as old, until watch is back at the same address."""
    answers = quiet()
    complaints.expected.append("net::ERR_")
    async with serving(contract_app(answers)) as port:
        page = await open_page(f"http://127.0.0.1:{port}/")
        await expect_attempts(page, "3")
        answers.hang_up()
    await expect(page.get_by_role("alert")).to_contain_text("Watch cannot be reached")
    await expect(page.get_by_role("alert")).to_contain_text("What you see is from")
    await expect(page.locator(".state")).to_have_text("Connection lost")
    await expect_attempts(page, "3")

    answers.matrices["checkout"] = [matrix_step("product", 6)]
    async with serving(contract_app(answers), port):
        await expect(page.locator(".state")).to_have_text("Live", timeout=20_000)
        await expect_attempts(page, "6")
        await expect(page.get_by_role("alert")).to_have_count(0)
        await page.close()
        answers.hang_up()


async def test_a_refusal_is_shown_in_the_words_of_watch(
    serve: Serve, open_page: Opener, complaints: Complaints
) -> None:
    """The detail of the problem document says more than a status code."""
    answers = quiet()
    page = await open_page(await serve(answers))
    await expect_attempts(page, "3")

    complaints.expected.append("503")
    answers.refusal = (503, "The store is being migrated.")
    answers.change()

    await expect(page.get_by_role("alert")).to_contain_text("Watch cannot answer: The store is being migrated.")


async def test_rounds_do_not_pile_up(serve: Serve, open_page: Opener) -> None:
    """Forty changes at once make at most a few rounds of questions, not forty."""
    answers = quiet()
    page = await open_page(await serve(answers))
    await expect(page.locator(".state")).to_have_text("Live")
    before = len(answers.asked)

    for _ in range(40):
        answers.change()
    answers.matrices["checkout"] = [matrix_step("product", 9)]
    answers.change()
    await expect_attempts(page, "9")

    assert len(answers.asked) - before <= 4 * 9  # nine questions a round
    assert answers.streams == 1
