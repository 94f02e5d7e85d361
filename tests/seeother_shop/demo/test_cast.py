# SPDX-License-Identifier: Apache-2.0
"""The parts are told where everybody is, and no secret stands on a command line."""

from pathlib import Path

import pytest

from seeother.errors import SettingsError
from seeother_shop.demo.cast import Addresses, Databases, crowd_part, shop_parts, watch_part
from seeother_shop.serving import DATABASE, fresh_secrets


def test_addresses_count_from_one_port_on_two_sites() -> None:
    """Shop, watch, payments, inventory in this order; only the provider is on localhost."""
    assert Addresses(9000).to_json() == {
        "shop": "http://127.0.0.1:9000",
        "payments": "http://localhost:9002",
        "inventory": "http://127.0.0.1:9003",
        "watch": "http://127.0.0.1:9001",
    }


def test_databases_lie_beside_the_shops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path is meant from where the command was typed, whatever the parts' working directory."""
    monkeypatch.chdir(tmp_path)

    databases = Databases.at("sqlite:///kept/my.db")

    assert databases == Databases(
        f"sqlite:///{tmp_path}/kept/my.db",
        f"sqlite:///{tmp_path}/kept/payments.db",
        f"sqlite:///{tmp_path}/kept/inventory.db",
    )
    assert (tmp_path / "kept").is_dir()


def test_one_postgresql_holds_all_three() -> None:
    """Each service has a schema of its own, in an address that psql takes, too."""
    databases = Databases.at("postgresql://me:pw@db.example:5433/shop?sslmode=require")

    form = "postgresql://me:pw@db.example:5433/shop?options=-csearch_path%3D{}&sslmode=require"
    assert databases == Databases(*(form.format(room) for room in ("storefront", "payments", "inventory")))


@pytest.mark.parametrize(
    "url", ["postgresql://shop", "postgresql://a/b?options=-cx%3D1", "mysql://a/b", "sqlite://", "shop.db", ""]
)
def test_other_databases_are_refused_with_the_cure(url: str) -> None:
    """SQLite or PostgreSQL, as a URL."""
    with pytest.raises(SettingsError, match="sqlite:///PATH"):
        Databases.at(url)


def test_everybody_knows_what_they_need(tmp_path: Path) -> None:
    """Faults and their start go to all services, telemetry to our own only, the mistakes to the storefront only."""
    addresses, secrets = Addresses(9000), fresh_secrets()
    databases = Databases.beside(tmp_path / "shop.db")

    parts = shop_parts(
        addresses,
        databases,
        secrets,
        watch=addresses.watch,
        faults=["payment-lost@5"],
        opening=tmp_path / "open",
        naive="order-302",
    )

    lines = {part.name: " ".join(part.arguments) for part in parts}
    expected = f"--fault payment-lost@5 --fault-epoch {tmp_path}/open"
    assert all(expected in line for line in lines.values())
    assert {name for name, line in lines.items() if "--watch http://127.0.0.1:9001" in line} == {
        "storefront",
        "inventory",
    }
    assert {name for name, line in lines.items() if "--naive" in line} == {"storefront"}
    assert {part.listens for part in parts} == {("127.0.0.1", 9000), ("localhost", 9002), ("127.0.0.1", 9003)}
    assert {part.environ[DATABASE] for part in parts} == {databases.shop, databases.payments, databases.inventory}
    for part in parts:
        assert secrets.items() <= part.environ.items()
        assert not any(secret in " ".join(part.arguments) for secret in secrets.values())


def test_watch_and_shoppers_are_told_where(tmp_path: Path) -> None:
    """Watch keeps its store in the run's folder; the shoppers know the front door and nothing else."""
    addresses = Addresses(9000)

    watch, crowd = watch_part(addresses, tmp_path), crowd_part(addresses, shoppers=7, seed=3)

    assert f"chdb://{tmp_path}/watch" in watch.arguments
    assert watch.ready == "http://127.0.0.1:9001/readyz"
    assert [argument for argument in crowd.arguments if "http" in argument] == [addresses.shop]
