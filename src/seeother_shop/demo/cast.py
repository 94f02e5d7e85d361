# SPDX-License-Identifier: Apache-2.0
"""Who plays: the parts of a run, with their addresses, files, secrets and faults."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from seeother.errors import SettingsError
from seeother_shop.serving import DATABASE

from .part import Part

__all__ = ["Addresses", "Databases", "crowd_part", "shop_parts", "watch_part"]

SETTINGS = Path(__file__).parents[1] / "storefront" / "seeother.toml"  # steps and routes, as a shop's team writes them
# Shorter than in a real shop, so that a short run shows how visits ended; longer than anybody here thinks. For watch
# only: the guard's cookie lives as long, and somebody who waits for a lost payment must still have it then.
ABANDONED_AFTER = {"SEEOTHER_JOURNEY_CHECKOUT_ABANDONED_AFTER": "6s"}
CROWD_PATIENCE_SECONDS = 25.0  # its own grace is 15 s, and a browser wants to be closed


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where everybody is, counted from one port.

    The provider is on `localhost`, the rest on `127.0.0.1`: for a browser two hosts are two sites, two ports are not.
    """

    port: int = 8303

    @property
    def shop(self) -> str:
        """The storefront."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def watch(self) -> str:
        """The collector and its page."""
        return f"http://127.0.0.1:{self.port + 1}"

    @property
    def payments(self) -> str:
        """The payment provider."""
        return f"http://localhost:{self.port + 2}"

    @property
    def inventory(self) -> str:
        """The inventory."""
        return f"http://127.0.0.1:{self.port + 3}"

    def to_json(self) -> dict[str, str]:
        """All of them, as a document says them."""
        return {"shop": self.shop, "payments": self.payments, "inventory": self.inventory, "watch": self.watch}


@dataclass(frozen=True, slots=True)
class Databases:
    """The three services' databases, each its own: a file, or a schema of one PostgreSQL database."""

    shop: str
    payments: str
    inventory: str

    @classmethod
    def beside(cls, shop: Path) -> "Databases":
        """The shop's file, and the others' beside it."""
        shop = shop.absolute()  # the parts work in another folder
        return cls(*(f"sqlite:///{path}" for path in (shop, shop.parent / "payments.db", shop.parent / "inventory.db")))

    @classmethod
    def in_schemas(cls, place: URL) -> "Databases":
        """Three schemas of one PostgreSQL database, which are made when they are not there."""
        from seeother_shop.database.postgres import in_schema  # noqa: PLC0415 - an optional dependency

        rooms = ("storefront", "payments", "inventory")
        return cls(*(in_schema(place, room).render_as_string(hide_password=False) for room in rooms))

    @classmethod
    def at(cls, url: str) -> "Databases":
        """The shop's database at `sqlite:///PATH`, and the others' beside it; or `postgresql://…` for all of them.

        Raises SettingsError.
        """
        place = _parsed(url)
        if place is not None and place.drivername == "postgresql" and place.database and "options" not in place.query:
            try:
                return cls.in_schemas(place)
            except ImportError as error:
                cure = f"install seeother[postgres] for it ({error})"
                raise SettingsError("database", place.render_as_string(hide_password=True), cure) from error
        scheme, _, path = url.partition(":///")
        if scheme != "sqlite" or not path:
            shown = url if place is None else place.render_as_string(hide_password=True)
            cure = (
                "write sqlite:///PATH, the path of a file, from / with four slashes; or postgresql://user@host/name, a "
                "database in which the three services make a schema each"
            )
            raise SettingsError("database", shown, cure)
        Path(path).absolute().parent.mkdir(parents=True, exist_ok=True)
        return cls.beside(Path(path))


def _parsed(url: str) -> URL | None:
    try:
        return make_url(url)
    except ArgumentError:
        return None


def watch_part(addresses: Addresses, folder: Path) -> Part:
    """The collector, with a store in the folder."""
    port = str(addresses.port + 1)
    return Part(
        "watch",
        "seeother",
        ("watch", "--port", port, "--store", f"chdb://{folder / 'watch'}", "--config", str(SETTINGS)),
        ready=addresses.watch + "/readyz",
        listens=("127.0.0.1", addresses.port + 1),
        environ=ABANDONED_AFTER,
    )


def shop_parts(
    addresses: Addresses,
    databases: Databases,
    secrets: Mapping[str, str],
    *,
    watch: str | None,
    faults: Sequence[str] = (),
    opening: Path | None = None,
    naive: str | None = None,
    seed: int = 1,
) -> list[Part]:
    """The three services; the faults' seconds count from when the file `opening` is made."""
    told = [word for fault in faults for word in ("--fault", fault)]
    if opening is not None:
        told += ["--fault-epoch", str(opening)]
    told_watch = ["--watch", watch or "none"]
    return [
        _service("payments", addresses.payments, databases.payments, [*told, "--seed", str(seed)], secrets),
        _service("inventory", addresses.inventory, databases.inventory, [*told, *told_watch], secrets),
        _service(
            "storefront",
            addresses.shop,
            databases.shop,
            [
                *told,
                *told_watch,
                *("--payments", addresses.payments, "--inventory", addresses.inventory),
                *(("--naive", naive) if naive else ()),
            ],
            secrets,
        ),
    ]


def _service(name: str, url: str, database: str, arguments: Sequence[str], environ: Mapping[str, str]) -> Part:
    host, _, port = url.removeprefix("http://").partition(":")
    return Part(
        name,
        f"seeother_shop.{name}",
        ("--host", host, "--port", port, *arguments),
        ready=url + "/healthz",
        listens=(host, int(port)),
        environ={**environ, DATABASE: database},
    )


def crowd_part(addresses: Addresses, *, shoppers: int, seed: int) -> Part:
    """The shoppers, and one of them in a real browser if there is one."""
    return Part(
        "shoppers",
        "seeother_shop.shoppers",
        ("--shop", addresses.shop, "--shoppers", str(shoppers), "--seed", str(seed), "--chromium"),
        speaks=True,
        patience_seconds=CROWD_PATIENCE_SECONDS,
    )
