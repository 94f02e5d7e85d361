# SPDX-License-Identifier: Apache-2.0
"""The demo as a whole, as a command: it runs, says what happened, and leaves nothing behind."""

import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.seeother_shop.buyer import Buyer
from tests.seeother_shop.demo.command import seeother
from tests.seeother_shop.premises import Premises, in_postgres
from tests.servers.postgres_server import PostgresServer

STEPS = ["product", "cart", "checkout", "submit_order", "payment_return", "confirmation"]
ROW = {
    "step",
    "attempts",
    "failed",
    "broken",
    "http_error_rate",
    "js_error_rate",
    "abandonment_rate",
    "first_screen_ms",
    "coverage",
}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]  # six processes and a browser on a busy machine


def run_demo(*arguments: str) -> tuple[dict[str, Any], str]:
    """Run the demo to its end; its document and what it said beside it."""
    with seeother("demo", "--headless", "--json", "--shoppers", "8", *arguments) as command:
        command.await_word("open:")
        code, output, said = command.finish()

        assert code == 0, said
        assert command.left_over() == []
    return json.loads(output), said


def visits(said: str) -> int:
    """How often people came in, by their own account."""
    return sum(int(number) for number in re.findall(r"(\d+) visits", said))


def check_document(document: dict[str, Any]) -> None:
    """The document has all its members, and the shop's books balance."""
    assert list(document) == [
        "journeys",
        "orders",
        "charges",
        "duplicate_charges",
        "stock_conserved",
        "spans",
        "findings",
        "matrix",
        "urls",
    ]
    assert list(document["journeys"]) == ["started", "success", "abandoned", "error", "timeout", "in_progress"]
    assert document["journeys"]["started"] == sum(document["journeys"].values()) - document["journeys"]["started"]
    assert document["orders"] == document["charges"] > 0
    assert document["duplicate_charges"] == 0
    assert document["stock_conserved"] is True
    assert document["spans"] > 0
    assert [row["step"] for row in document["matrix"]] == STEPS
    for row in document["matrix"]:
        assert set(row) >= ROW
        assert (row["js_error_rate"], row["first_screen_ms"]) == (None, dict.fromkeys(("mean", "p50", "p75", "p95")))
        assert row["coverage"] in {None, 0.0}  # no browser tells of its pages
    assert sorted(document["urls"]) == ["inventory", "payments", "shop", "watch"]
    assert document["urls"]["payments"].startswith("http://localhost:")


@pytest.mark.whole
def test_a_run_without_faults_has_none() -> None:
    """All parts are real: what the shoppers did stands in watch."""
    document, said = run_demo("--seconds", "8")

    assert document["journeys"]["success"] > 0
    for row in document["matrix"]:
        assert row["attempts"] > 0
        assert (row["failed"], row["broken"], row["http_error_rate"]) == (0, 0, 0.0)
    # What watch counted from telemetry is what people saw in their browsers.
    seen = re.search(r"shoppers saw (\d+) paid orders and (\d+) second ones", said)
    assert seen is not None
    assert document["journeys"]["success"] == document["orders"] == int(seen[1])
    assert int(seen[2]) == 0
    check_document(document)


def test_faults_show_where_they_strike_and_nothing_is_lost() -> None:
    """Stock that was taken in vain fails submit_order, a lost charge fails payment_return; the books still balance."""
    document, said = run_demo("--seconds", "10", "--fault", "inventory-504@0-4", "--fault", "payment-lost@4")

    check_document(document)
    rows = {row["step"]: row for row in document["matrix"]}
    assert rows["submit_order"]["failed"] > 0
    assert rows["payment_return"]["failed"] > 0
    assert rows["payment_return"]["broken"] > 0
    assert rows["cart"]["failed"] == 0
    # Nobody's journey breaks in two on the way, however long it took: as many journeys as people who came in.
    assert document["journeys"]["started"] == visits(said)


def test_the_shop_is_kept_in_postgresql(tmp_path: Path, postgres_server: PostgresServer) -> None:
    """One address holds all three services; what was bought is still there after Ctrl-C and another start."""
    with in_postgres(postgres_server) as databases:
        url = databases.shop.partition("?")[0]
        bought: list[int] = []
        for _ in range(2):
            with seeother("shop", "--database", url) as command:
                command.output.await_word("Ctrl-C")
                origins = (f"http://127.0.0.1:{command.port}", f"http://localhost:{command.port + 2}")
                premises = Premises(tmp_path, databases, *origins, f"http://127.0.0.1:{command.port + 3}", {})
                with Buyer(premises) as buyer:
                    assert "Thank you" in buyer.buy().text
                premises.await_books(lambda: premises.books().balanced)  # noqa: B023 - called here
                bought.append(premises.books().orders)
                command.process.send_signal(signal.SIGINT)
                code, _, said = command.finish()
                assert (code, said) == (0, "")

    assert bought == [1, 2]


def test_ctrl_c_ends_a_run_early_with_its_figures() -> None:
    """The first Ctrl-C is closing time: what happened is told for people to read, nothing is left."""
    with seeother("demo", "--headless", "--shoppers", "3") as command:
        command.await_word("open:")
        command.process.send_signal(signal.SIGINT)
        code, output, said = command.finish()

        assert code == 0, said
        assert "Traceback" not in said
        assert [
            line.split()[0] for line in output.splitlines() if line.split()[:1] in ([step] for step in STEPS)
        ] == STEPS
        assert "books balanced" in output
        assert command.left_over() == []


def test_sigterm_ends_a_run_at_once() -> None:
    """Whoever sends SIGTERM does not wait for closing time; still nothing is left."""
    with seeother("demo", "--headless", "--shoppers", "3") as command:
        command.await_word("open:")
        command.process.send_signal(signal.SIGTERM)
        code, output, said = command.finish()

        assert code == 128 + signal.SIGTERM
        assert output == ""
        assert "Traceback" not in said
        assert command.left_over() == []
