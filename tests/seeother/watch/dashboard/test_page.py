# SPDX-License-Identifier: Apache-2.0
"""What the page shows of what the API says, in real Chromium."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import Page, expect

from seeother.settings import load_settings

from .conftest import Complaints, Opener
from .page_contract import STEPS, Answers, broken_attempt, event, finding, matrix_step, summary

Serve = Callable[[Answers], Awaitable[str]]

NO_DATA = "no data"
TIMES = "\N{MULTIPLICATION SIGN}"


def outage() -> Answers:
    """A checkout whose `submit_order` breaks, with browser data for one step."""
    article = {"js_error_rate": 0.0567, "first_screen_ms": {"mean": 1890.0, "p75": 2150.0}, "coverage": 0.74}
    journeys = [f"{number:02x}" * 16 for number in range(12)]
    return Answers(
        journeys=[summary(success=412, abandoned=287, error=31, timeout=4, in_progress=46)],
        matrices={
            "checkout": [
                matrix_step("product", 1204, abandonment_rate=0.237),
                matrix_step("cart", 780, failed=1, http_error_rate=0.0012, abandonment_rate=0.082),
                matrix_step("checkout", 655, abandonment_rate=0.061),
                matrix_step("submit_order", 611, failed=48, broken=31, http_error_rate=0.0786, **article),
                matrix_step("payment_return", 520, failed=12, broken=3, http_error_rate=0.0231),
                matrix_step("confirmation"),
            ]
        },
        findings=[
            *(finding(journey_id=journey) for journey in journeys),
            finding(repaired=False, severity="warning", rule="RTY002", status=503, route="/reservations/{order}"),
        ],
        broken=[
            *(broken_attempt(journey_id=journey) for journey in journeys[:10]),
            broken_attempt(step="payment_return", status=504),
            broken_attempt(journey="subscribe"),
        ],
        timelines={
            journeys[0]: [
                event(70, "cart", "POST", "/cart/items", 303),
                event(40, None, "GET", "/cart", 200, duration_ms=None),
                event(8, "submit_order", "POST", "/orders", 503, duration_ms=2034.5, failed=True),
            ]
        },
    )


async def matrix_of(page: Page, rows: int = len(STEPS)) -> dict[str, list[str]]:
    """The matrix as it stands on the page: the cells' texts by step."""
    found = page.get_by_role("table", name="Journey matrix").get_by_role("row")
    await expect(found).to_have_count(2 + rows)
    steps: dict[str, list[str]] = {}
    for row in (await found.all())[2:]:
        cells = [" ".join(text.split()) for text in await row.get_by_role("cell").all_inner_texts()]
        steps[await row.get_attribute("data-step") or ""] = cells
    return steps


async def test_the_matrix_shows_what_the_api_says_and_null_as_no_data(serve: Serve, open_page: Opener) -> None:
    """Figures stand with their units, and what nobody measured is never a zero."""
    page = await open_page(await serve(outage()))

    matrix = await matrix_of(page)

    assert list(matrix) == list(STEPS)
    assert matrix["product"] == ["1,204", "0", "0", "0%", NO_DATA, "23.7%", NO_DATA, NO_DATA, NO_DATA]
    submit = ["611", "48", "31. Show the broken attempts of submit_order 5.07%", "7.86%", "5.67% partial", "0%"]
    shown = [cell.removeprefix("31 ") for cell in matrix["submit_order"]]
    assert shown == [*submit, "1.89 s partial", "2.15 s partial", "74%"]
    assert matrix["confirmation"] == ["0", "0", "0", *[NO_DATA] * 6]


async def test_the_broken_step_is_named_first(serve: Serve, open_page: Opener) -> None:
    """The verdict names the step, its status code and the other broken step; the row is marked in words."""
    page = await open_page(await serve(outage()))

    verdict = page.get_by_role("region", name="Verdict")

    await expect(verdict.get_by_role("heading")).to_have_text("submit_order is breaking")
    await expect(verdict).to_contain_text("31 of 611 attempts broken in the last 15 minutes")
    await expect(verdict.locator(".statuses")).to_contain_text(f"503 {TIMES}10")
    await expect(verdict).to_contain_text("Also broken: payment_return (3)")
    await expect(page.locator("tr.worst")).to_contain_text("submit_order")
    await expect(page.locator("tbody .mark")).to_have_text(["broken", "broken"])


async def test_outcomes_and_the_sli_stand_above_the_matrix(serve: Serve, open_page: Opener) -> None:
    """SLI = 1 - 31 / (412 + 31 + 4); the bar has a stretch for each outcome that occurred."""
    page = await open_page(await serve(outage()))

    outcomes = page.get_by_role("region", name="Journeys", exact=True)

    await expect(outcomes.locator("dd")).to_contain_text(["93.1%", "780", "412", "287", "31", "4", "46"])
    await expect(outcomes.locator("rect.stretch")).to_have_count(5)


async def test_no_ended_journey_is_no_data_for_the_sli(serve: Serve, open_page: Opener) -> None:
    """An SLI of 100 % needs at least one journey that ended."""
    answers = outage()
    answers.journeys = [summary(in_progress=3)]
    page = await open_page(await serve(answers))

    await expect(page.get_by_role("region", name="Journeys", exact=True).locator("dd").first).to_have_text(NO_DATA)


async def test_a_journey_without_broken_steps_is_called_sound(serve: Serve, open_page: Opener) -> None:
    """Failed attempts that were made good are said, not hidden."""
    answers = outage()
    answers.matrices["checkout"] = [matrix_step(step, 5, failed=1) for step in STEPS]
    page = await open_page(await serve(answers))

    verdict = page.get_by_role("region", name="Verdict")

    await expect(verdict.get_by_role("heading")).to_have_text("No step is broken")
    await expect(verdict).to_contain_text("6 failed attempts were made good")
    await expect(page.locator("tbody .mark")).to_have_count(0)


async def test_findings_are_grouped_and_open_to_their_journeys(serve: Serve, open_page: Opener) -> None:
    """One line a rule and place, what was not repaired first; its occurrences lead to timelines."""
    page = await open_page(await serve(outage()))

    groups = page.get_by_role("region", name="Findings").locator("ul > li")
    await expect(groups).to_have_count(2)
    await expect(groups.nth(0)).to_contain_text("RTY002")
    await expect(groups.nth(0)).to_contain_text("not repaired")
    await expect(groups.nth(1)).to_contain_text("RED001 post-answered-with-found")
    await expect(groups.nth(1)).to_contain_text("POST /orders 302")
    await expect(groups.nth(1)).to_contain_text(f"{TIMES}12")
    await expect(groups.nth(1).locator(".message code")).to_have_text(["302", "303"])
    await groups.nth(1).locator("summary").click()

    occurrences = groups.nth(1).get_by_role("list", name="Occurrences").get_by_role("listitem")
    await expect(occurrences).to_have_count(11)  # ten, and a line that says how many more
    await expect(occurrences.last).to_have_text("and 2 more")


async def test_a_broken_cell_leads_to_its_attempts_and_an_attempt_to_its_timeline(
    serve: Serve, open_page: Opener
) -> None:
    """From the matrix to the exchange that failed in two clicks; Back closes the timeline, and it can be linked to."""
    url = await serve(outage())
    page = await open_page(url)
    broken = page.get_by_role("region", name="Broken attempts")
    drawer = page.get_by_role("dialog", name="Timeline of a journey")
    await page.get_by_role("button", name="Show the broken attempts of payment_return").click()
    await expect(broken.locator("tbody tr")).to_have_count(1)
    await broken.get_by_role("button", name="Show all steps").click()
    await expect(broken.locator("tbody tr")).to_have_count(8)
    await broken.get_by_role("button", name="Show more").click()
    await expect(broken.locator("tbody tr")).to_have_count(11)

    await broken.locator("tbody tr").first.get_by_role("button").click()

    await expect(drawer.get_by_role("listitem")).to_have_count(3)
    await expect(drawer.get_by_role("listitem").last).to_contain_text("submit_order failed 503")
    await expect(drawer.get_by_role("listitem").last).to_contain_text("2.03 s")
    linked = page.url
    await page.go_back()
    await expect(drawer).to_have_count(0)
    assert page.url == url
    await page.goto(linked)
    await expect(drawer.get_by_role("listitem")).to_have_count(3)
    await page.keyboard.press("Escape")
    await expect(drawer).to_have_count(0)


async def test_an_unknown_journey_has_no_timeline_and_says_so(
    serve: Serve, open_page: Opener, complaints: Complaints
) -> None:
    """A link to a journey that was forgotten since does not wait for ever."""
    complaints.expected.append("404")
    page = await open_page(f"{await serve(outage())}?timeline=gone")

    await expect(page.get_by_role("dialog").get_by_role("status")).to_have_text("Watch knows no journey with this id.")


async def test_range_and_journey_are_asked_for_and_stand_in_the_address(serve: Serve, open_page: Opener) -> None:
    """What is shown can be sent to a colleague."""
    answers = outage()
    answers.journeys.append(summary("sign-up", success=1))
    answers.matrices["sign-up"] = [matrix_step("form", 7)]
    url = await serve(answers)
    page = await open_page(url)

    await page.get_by_role("combobox", name="Journey").select_option("sign-up")
    await page.get_by_role("radio", name="24 h").check()

    await expect(page.locator("tbody tr[data-step=form]")).to_contain_text("7")
    assert page.url == f"{url}?journey=sign-up&range=24h"
    await page.reload()
    await expect(page.locator("tbody tr[data-step=form]")).to_contain_text("7")
    await expect(page.get_by_role("radio", name="24 h")).to_be_checked()


async def test_an_answer_that_was_cut_has_a_word_instead_of_a_status(serve: Serve, open_page: Opener) -> None:
    """What was not known when the row was written is left out, not printed as null."""
    answers = outage()
    unknown = dict.fromkeys(("status", "method", "route", "service", "trace_id"))
    answers.findings = [finding(severity="grave", **unknown)]
    answers.broken = [broken_attempt(status=None, service=None)]
    page = await open_page(await serve(answers))

    await expect(page.locator(".statuses")).to_contain_text(f"cut {TIMES}1")
    await expect(page.locator("#broken tbody tr td").first).to_have_text("cut")
    await expect(page.get_by_role("region", name="Findings").locator(".severity")).to_have_text("warning")
    assert "null" not in await page.locator("main").inner_text()


async def test_without_any_data_the_page_says_how_to_send_some(serve: Serve, open_page: Opener, tmp_path: Path) -> None:
    """The lines to paste are a configuration that loads and points here; the first data takes their place."""
    empty = Answers(journeys=[summary()], matrices={"checkout": [matrix_step(step) for step in STEPS]})
    empty.ingest = {"last_telemetry": None, "newest": None}
    url = await serve(empty)
    page = await open_page(url)
    await expect(page.get_by_role("heading", name="Waiting for the first journey")).to_be_visible()
    configuration = tmp_path / "seeother.toml"
    configuration.write_text(await page.locator("pre").nth(1).inner_text())
    settings = load_settings(configuration, {"SEEOTHER_SECRET": "s" * 32})
    assert settings.telemetry.endpoint == url.rstrip("/")
    assert [journey.name for journey in settings.journeys] == ["checkout"]

    empty.journeys = [summary(in_progress=1)]
    empty.matrices["checkout"][0] = matrix_step("product", 1)
    empty.change()

    assert (await matrix_of(page))["product"][0] == "1"


async def test_telemetry_without_a_step_is_not_called_nothing(serve: Serve, open_page: Opener) -> None:
    """Whoever sends to a watch that knows no journey, or names its steps wrongly, is told what to do."""
    empty = Answers(journeys=[summary()], matrices={"checkout": [matrix_step(step) for step in STEPS]})
    page = await open_page(await serve(empty))
    panel = page.get_by_role("region", name="Telemetry arrives, but no step of a journey")

    await expect(panel).to_contain_text("none of it is an attempt of a step of checkout")
    await expect(panel.locator("pre").first).to_have_text("seeother check")
    empty.journeys = []
    empty.change()

    await expect(panel).to_contain_text("No journey is configured.")
    await expect(panel.locator("pre").first).to_contain_text("seeother init --watch http://127.0.0.1:")


async def test_without_scripts_the_page_names_the_api(serve: Serve, open_page: Opener) -> None:
    """Nobody is left before a blank page."""
    page = await open_page(await serve(outage()), java_script_enabled=False)

    await expect(page.get_by_role("link", name="/api/journeys").first).to_have_attribute("href", "./api/journeys")


async def test_text_from_outside_stays_text(serve: Serve, open_page: Opener) -> None:
    """Markup in a route, a message or an id is shown, not run."""
    attack = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'"
    answers = outage()
    outside = dict.fromkeys(("message", "route", "name", "rule", "service", "step", "method"), attack)
    answers.findings = [finding(journey_id=attack, **outside)]
    answers.broken = [broken_attempt(service=attack, journey_id=attack)]
    answers.timelines = {attack: [event(1, attack, attack, attack, 503, service=attack)]}
    page = await open_page(await serve(answers))

    await page.get_by_role("region", name="Findings").locator("summary").click()
    await page.locator("#broken tbody button").click()

    await expect(page.get_by_role("dialog")).to_contain_text("onerror=")
    await expect(page.locator("img, #page script")).to_have_count(0)
    assert await page.title() == "checkout \N{MIDDLE DOT} SeeOther watch"
