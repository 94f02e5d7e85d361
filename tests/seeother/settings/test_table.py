# SPDX-License-Identifier: Apache-2.0
"""The table of settings and the values that are built from it say the same."""

import dataclasses
from collections import Counter
from typing import Any

import pytest

from seeother.journey import Journey, Step
from seeother.policy import RoutePolicy
from seeother.settings import (
    ALL_SECTIONS,
    SETTINGS,
    LedgerSettings,
    ProxySettings,
    Setting,
    SiteSettings,
    TelemetrySettings,
    UpstreamSettings,
    WatchSettings,
)
from seeother.settings.table import settings_of

BUILT: dict[str, tuple[type[Any], set[str]]] = {  # what each section builds, and what of it is no setting
    "site": (SiteSettings, set()),
    "route": (RoutePolicy, set()),
    "ledger": (LedgerSettings, set()),
    "telemetry": (TelemetrySettings, set()),
    "journey.NAME": (Journey, {"name", "steps"}),
    "journey.NAME.step": (Step, set()),
    "watch": (WatchSettings, set()),
    "proxy": (ProxySettings, set()),
    "upstream": (UpstreamSettings, set()),
}
IDS = [f"{setting.section}.{setting.name}" for setting in SETTINGS]


def default(field: dataclasses.Field[Any]) -> object:
    """The default of a dataclass field, MISSING when it must be given."""
    factory = field.default_factory
    return field.default if factory is dataclasses.MISSING else factory()


@pytest.mark.parametrize("section", BUILT)
def test_defaults_in_the_table_are_those_of_the_values(section: str) -> None:
    """What the documentation is made from is what happens: same names, same defaults, the same must be given."""
    kind, built_otherwise = BUILT[section]
    fields = {field.name: default(field) for field in dataclasses.fields(kind) if field.name not in built_otherwise}

    table = {
        setting.name: dataclasses.MISSING if setting.required else setting.default
        for setting in settings_of(section).values()
        if not setting.planned
    }

    assert table == fields


def test_every_used_section_builds_a_value() -> None:
    """Only what is planned is read into nothing."""
    assert {setting.section for setting in SETTINGS if not setting.planned} == set(BUILT)


@pytest.mark.parametrize("setting", SETTINGS, ids=IDS)
def test_every_setting_has_help(setting: Setting) -> None:
    """Documentation, `--help` and messages are fed from one sentence."""
    assert setting.help[0].isupper() or setting.help.startswith("`")
    assert setting.help.endswith(".")


@pytest.mark.parametrize("setting", SETTINGS, ids=IDS)
def test_every_setting_belongs_to_a_section_that_is_read(setting: Setting) -> None:
    """A setting outside of all sections could never be given."""
    assert setting.section.partition(".")[0] in ALL_SECTIONS


def test_no_setting_is_there_twice() -> None:
    """The second would hide the first."""
    assert [name for name, count in Counter(IDS).items() if count > 1] == []


def test_no_planned_setting_must_be_given() -> None:
    """Nobody is asked for what does nothing."""
    assert [setting.name for setting in SETTINGS if setting.planned and setting.required] == []
