# SPDX-License-Identifier: Apache-2.0
"""What all services take on their command lines."""

import pytest

from seeother.errors import SettingsError
from seeother_shop.serving import fault_schedule, ledger_url, service_arguments


@pytest.mark.parametrize(
    ("database", "ledger"),
    [
        ("sqlite:////tmp/shop.db", "sqlite:////tmp/shop-ledger.db"),
        ("sqlite:////tmp/a.db.b/shop", "sqlite:////tmp/a.db.b/shop-ledger.db"),
        ("sqlite:////tmp/shop.sqlite", "sqlite:////tmp/shop.sqlite-ledger.db"),
    ],
)
def test_the_ledger_lies_beside_its_database(database: str, ledger: str) -> None:
    """Without being told, each service has a ledger of its own."""
    assert ledger_url(database) == ledger


def test_faults_are_counted_from_the_given_start() -> None:
    """All processes of a run share one clock's beginning; a wrong fault is refused."""
    parser = service_arguments("inventory", "A test.", host="127.0.0.1", port=1)
    common = ["--database", "sqlite:////tmp/x.db"]

    past = parser.parse_args([*common, "--fault", "payment-lost@0-5", "--fault-epoch", "0"])
    now = parser.parse_args([*common, "--fault", "payment-lost"])
    wrong = parser.parse_args([*common, "--fault", "payment"])

    assert not fault_schedule(past).is_on("payment-lost")
    assert fault_schedule(now).is_on("payment-lost")
    with pytest.raises(SettingsError):
        fault_schedule(wrong)
