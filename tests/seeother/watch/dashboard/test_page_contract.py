# SPDX-License-Identifier: Apache-2.0
"""The answers that tests choose for the page have no member that the API's do not have."""

from collections.abc import Iterator
from typing import get_args

import pytest
from pydantic import BaseModel
from starlette.testclient import TestClient

from seeother.watch.api.answers import Clicks, Dimensions, Funnel, Heatmap, Journeys, Matrix
from seeother.watch.api.lists import Broken, Exchanges, Findings, Lost, Rules, Timeline
from seeother.watch.api.state import Ingest

from .page_contract import contract_app
from .test_heat import JOURNEY
from .test_page import outage
from .test_panels import leaking

OF = "/api/journeys/checkout"
ANSWERS: dict[str, type[BaseModel]] = {
    "/api/journeys": Journeys,
    "/api/ingest": Ingest,
    "/api/broken": Broken,
    "/api/findings": Findings,
    "/api/findings/rules": Rules,
    f"/api/timelines/{JOURNEY}": Timeline,
    f"{OF}/matrix": Matrix,
    f"{OF}/funnel": Funnel,
    f"{OF}/clicks": Clicks,
    f"{OF}/dimensions": Dimensions,
    f"{OF}/heatmap": Heatmap,
    f"{OF}/exchanges": Exchanges,
    f"{OF}/lost": Lost,
}


def strange(model: type[BaseModel], document: object) -> Iterator[str]:
    """The members of a document that its model does not have, at any depth."""
    if isinstance(document, list):
        for each in document:
            yield from strange(model, each)
    elif isinstance(document, dict):
        known = {field.serialization_alias or name: field.annotation for name, field in model.model_fields.items()}
        yield from [f"{model.__name__}.{name}" for name in document if name not in known]
        for name, value in document.items():
            for kind in (known.get(name), *get_args(known.get(name))):
                if isinstance(kind, type) and issubclass(kind, BaseModel):
                    yield from strange(kind, value)


@pytest.fixture(scope="module")
def client() -> TestClient:
    """Asks for answers that have rows of every kind."""
    answers = leaking()
    answers.broken, answers.findings = outage().broken, outage().findings
    return TestClient(contract_app(answers))


@pytest.mark.parametrize("path", list(ANSWERS))
def test_chosen_answers_have_the_shapes_of_the_api(client: TestClient, path: str) -> None:
    """What the page reads in a test it can read in watch."""
    document = client.get(path).json()

    assert sorted(set(strange(ANSWERS[path], document))) == []
    assert any(isinstance(value, list) and value for value in document.values()) or path == "/api/ingest"


def test_a_member_that_the_api_has_not_is_seen() -> None:
    """In a row of a row, too."""
    document = {"journey": "checkout", "steps": [{"step": "cart", "answer_ms": {"p99": 1}, "speed": 2}]}

    assert sorted(strange(Matrix, document)) == ["Durations.p99", "MatrixStep.speed"]
