# SPDX-License-Identifier: Apache-2.0
"""What nginx forwards is believed, what anybody else forwards is not, and redirects lead where people can go."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx2 import Client

from tests.contract.nginx.front import Site, site

PERSON = {"accept": "text/html", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document",
          "sec-fetch-site": "same-origin"}  # fmt: skip
FORGED = {"x-forwarded-for": "203.0.113.66", "x-forwarded-proto": "https", "x-forwarded-host": "evil.example",
          "x-forwarded-prefix": "/evil"}  # fmt: skip


@pytest.fixture(scope="module", params=["inside", "proxy"])
def behind(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tls_certificate: Path
) -> Iterator[Site]:
    """A site behind nginx, for each way that a guard can stand."""
    with site(request.param, tmp_path_factory.mktemp("nginx"), tls_certificate) as made:
        yield made


@pytest.fixture
def person(behind: Site, tls_certificate: Path) -> Iterator[Client]:
    """A browser that asks nginx."""
    trusting = ssl.create_default_context(cafile=str(tls_certificate))
    with Client(base_url=f"https://localhost:{behind.nginx}", verify=trusting, headers=PERSON, timeout=20) as client:
        yield client


@pytest.fixture
def stranger(behind: Site) -> Iterator[Client]:
    """Who asks the guard around nginx, and says what nginx would say."""
    with Client(base_url=f"http://127.0.0.1:{behind.guard}", headers={**PERSON, **FORGED}, timeout=20) as client:
        yield client


def test_nginx_is_believed(behind: Site, person: Client) -> None:
    """The scheme is that which people use, and so is the cookie's."""
    answer = person.get("/cart")
    assert answer.json() == {"scheme": "https", "host": f"localhost:{behind.nginx}", "client": "127.0.0.1"}
    assert answer.headers["set-cookie"].startswith("__Host-journey=")


def test_nobody_else_is(behind: Site, stranger: Client) -> None:
    """As if it had forwarded nothing."""
    answer = stranger.get("/cart")
    assert answer.json() == {"scheme": "http", "host": f"127.0.0.1:{behind.guard}", "client": "127.0.0.1"}
    assert answer.headers["set-cookie"].startswith("journey=")
    assert stranger.post("/orders", content="a=1").headers["location"] == "/orders/7"


def test_what_a_client_forwards_through_nginx_is_its_own(behind: Site, person: Client) -> None:
    """What nginx sets it sets anew; a field that it does not set makes it no less true."""
    answer = person.get("/cart", headers=FORGED)
    assert answer.json() == {"scheme": "https", "host": f"localhost:{behind.nginx}", "client": "127.0.0.1"}
    standard = person.get("/cart", headers={"forwarded": "for=203.0.113.66;host=evil.example;proto=http"})
    assert "evil.example" not in standard.text
    assert "203.0.113.66" not in standard.text


def test_redirect_is_relative(person: Client) -> None:
    """Whatever host and scheme the shop has made it of."""
    answer = person.post("/orders", content="a=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/orders/7")


@pytest.mark.parametrize("way", ["inside", "proxy"])
def test_redirect_below_a_mount_has_its_prefix(way: str, tmp_path: Path, tls_certificate: Path) -> None:
    """The shop knows nothing of it; the public address says so."""
    trusting = ssl.create_default_context(cafile=str(tls_certificate))
    with site(way, tmp_path, tls_certificate, mount="/shop") as made:
        address = f"https://localhost:{made.nginx}/shop"
        with Client(base_url=address, verify=trusting, headers=PERSON, timeout=20) as client:
            locations = [client.post(path, content=path).headers["location"] for path in ("orders", "orders?relative")]
    assert locations == ["/shop/orders/7"] * 2


def test_renamed_host_leads_nobody_astray(behind: Site, person: Client) -> None:
    """A shop that sees nginx's own name for it makes addresses of it, which nobody outside can reach."""
    answer = person.post("/renamed/orders", content="a=3")
    assert answer.status_code == 303
    assert f"127.0.0.1:{behind.guard}" not in answer.headers["location"]


def test_two_clicks_through_nginx_are_one_order(person: Client) -> None:
    """The journey's cookie tells who it is."""
    person.get("/cart")
    both = [person.post("/orders", content="a=4") for _ in range(2)]
    assert [each.headers.get("idempotency-replayed") for each in both] == [None, "true"]
