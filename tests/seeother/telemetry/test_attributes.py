# SPDX-License-Identifier: Apache-2.0
"""The table of attributes is whole."""

from seeother.telemetry import ATTRIBUTES, attributes

NO_ATTRIBUTES = {
    "ATTRIBUTES",
    "EVENT_BREAKER",
    "EVENT_DROPPED",
    "EVENT_FINDING",
    "EVENT_STEP",
    "METRIC_BREAKER",
    "METRIC_FINDINGS",
    "SCOPE",
}


def test_each_name_is_explained_once() -> None:
    """Every constant of the file stands in the table, with a type and a sentence."""
    constants = [value for name, value in vars(attributes).items() if name.isupper() and name not in NO_ATTRIBUTES]

    assert sorted(each.name for each in ATTRIBUTES) == sorted(constants)
    assert {each.type for each in ATTRIBUTES} == {"str", "int", "bool"}
    assert all(each.meaning.endswith(".") for each in ATTRIBUTES)
