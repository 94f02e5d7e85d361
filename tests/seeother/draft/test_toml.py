# SPDX-License-Identifier: Apache-2.0
"""The file: it can be used as it is, and with every suggestion taken."""

import re
import tomllib

from hypothesis import given
from hypothesis import strategies as st

from seeother.draft import Draft, DraftedStep, Entry, LeftOut, Reading, Route, Suggestion, draft, to_toml
from seeother.errors import SettingsError
from seeother.journey import RouteKind
from seeother.message import Pattern
from seeother.policy import Idempotency
from seeother.settings import Settings, read_settings

ENVIRON = {"SEEOTHER_SECRET": "0123456789abcdef"}
SHOP = ("GET /products/{slug}", "GET /cart", "POST /cart", "POST /orders", "POST /pay/webhook", "DELETE /cart")
_SETTING = re.compile(r"^# ([a-z_]+ = \S.*)$", re.MULTILINE)


def reading(*exchanges: str, framework: str = "Flask") -> Reading:
    """A reading of these exchanges."""
    return Reading(framework, tuple([Route(Pattern.parse(exchange)) for exchange in exchanges]))


def written(*exchanges: str, framework: str = "Flask") -> str:
    """The file for an application that answers these exchanges."""
    read = reading(*exchanges, framework=framework)
    return to_toml(draft(read.routes), read, "shop:app")


def settings(text: str) -> Settings:
    """What the guard and watch understand of it."""
    return read_settings(tomllib.loads(text), ENVIRON)


def test_the_file_says_what_was_drafted() -> None:
    """Routes with their kinds, nothing remembered, and the journey."""
    read = settings(written(*SHOP))

    assert [(str(route.match), route.kind.value) for route in read.routes] == [
        ("POST /cart", "action"),
        ("POST /orders", "action"),
        ("DELETE /cart", "action"),
        ("POST /pay/webhook", "callback"),
    ]
    assert {route.idempotency for route in read.routes} == {Idempotency.OFF}
    (journey,) = read.journeys
    assert [step.name for step in journey.steps] == ["product", "cart", "submit_order"]
    assert [step.optional for step in journey.steps] == [True, False, False]
    assert [str(pattern) for pattern in journey.steps[1].on] == ["GET /cart", "POST /cart"]
    assert [str(pattern) for pattern in journey.steps[1].page] == ["GET /cart"]


def test_every_suggestion_can_be_taken() -> None:
    """A setting in a comment is uncommented by taking the # away."""
    read = settings(_SETTING.sub(r"\1", written(*SHOP, framework="Django")))

    assert {str(route.match): route.idempotency.value for route in read.routes} == {
        "POST /cart": "key",
        "POST /orders": "key",
        "DELETE /cart": "off",
        "POST /pay/webhook": "callback",
    }
    assert read.site.mode == "observe"
    assert read.site.public_url == "https://shop.example"
    assert read.telemetry.endpoint == "http://127.0.0.1:8304"


def test_without_a_checkout_the_journey_is_an_example() -> None:
    """It has no effect as it is, and can be used without its marks."""
    text = written("POST /login")
    _, _, example = text.partition("uncomment it.\n")

    assert settings(text).journeys == ()
    uncommented = settings(re.sub(r"(?m)^# ?", "", example))
    assert [step.name for step in uncommented.journeys[0].steps] == ["cart", "submit_order"]


def test_an_application_without_routes() -> None:
    """The file says so, and can be used."""
    text = written()

    assert "# None of the routes changes anything.\n" in text
    assert settings(text).routes == ()


def test_each_entry_has_its_reason() -> None:
    """On the line above it; a method that was not said is to be checked."""
    pattern = Pattern.parse("POST /orders")
    drafted = Draft((Entry(Route(pattern, is_assumed=True), RouteKind.ACTION, "people order here"),), ())

    text = to_toml(drafted, reading(), "shop:app")

    assert (
        "# people order here; the method is taken from the view's code, check it.\n"
        '[[route]]\nmatch = "POST /orders"\nkind = "action"\n'
    ) in text


def test_what_was_left_out_is_told() -> None:
    """So many that somebody reads them, each on one line whatever stands in it."""
    left_out = tuple([LeftOut(f"/a{number}\n[site", "why\u2028not") for number in range(40)])
    read = Reading("Flask", (), left_out)

    text = to_toml(draft(()), read, "shop:app")

    assert "# /a0 [site: why not\n" in text
    assert text.endswith("# and 10 more\n")
    assert settings(text) == settings(written())


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8).map(lambda text: f"POST /{text}")),
    st.text(),
)
def test_any_path_comes_back(exchanges: list[str], source: str) -> None:
    """Quotes, backslashes and control characters are what they were when the file is read."""
    patterns: dict[str, Pattern] = {}
    for exchange in exchanges:
        try:
            pattern = Pattern.parse(exchange)
        except SettingsError:
            continue
        patterns.setdefault(pattern.shape, pattern)
    on = tuple(patterns.values())
    steps = (DraftedStep("step", on, "a reason"),) if on else ()
    entries = [Entry(Route(pattern), RouteKind.RETURN, "a reason", Suggestion.SENDER) for pattern in on]

    read = settings(to_toml(Draft(tuple(entries), steps), reading(), source))

    assert [route.match for route in read.routes] == list(on)
    assert [step.on for journey in read.journeys for step in journey.steps] == ([on] if on else [])
