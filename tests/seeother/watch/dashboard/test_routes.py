# SPDX-License-Identifier: Apache-2.0
"""The built files over HTTP: caching, security fields, and an honest page when they are missing."""

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from seeother.watch.dashboard import dashboard_routes


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A folder as the build leaves it, below one that nobody may read."""
    (tmp_path / "secret").write_text("not for the web")
    folder = tmp_path / "dashboard"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>page</title>")
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "assets/index-abc123.js").write_text("export {};")
    return folder


@pytest.fixture
def client(built: Path) -> TestClient:
    """A caller of an application that has the page."""
    return TestClient(Starlette(routes=dashboard_routes(built)))


def test_the_page_is_asked_for_anew_and_its_assets_never(client: TestClient) -> None:
    """A new build shows at the next load, because only the page's own file keeps its name."""
    page = client.get("/")
    asset = client.get("/assets/index-abc123.js")

    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-cache"
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "javascript" in asset.headers["content-type"]


def test_a_page_that_did_not_change_is_not_sent_again(client: TestClient) -> None:
    """Its validator is answered with 304, which carries the policy too."""
    first = client.get("/")

    again = client.get("/", headers={"if-none-match": first.headers["etag"]})

    assert again.status_code == 304
    assert again.headers["content-security-policy"] == first.headers["content-security-policy"]


@pytest.mark.parametrize("target", ["/", "/favicon.svg", "/assets/index-abc123.js"])
def test_every_file_is_under_the_policy(client: TestClient, target: str) -> None:
    """Own files only, nothing inline, in no other site's frame."""
    fields = client.get(target).headers
    policy = dict(directive.split(" ", 1) for directive in fields["content-security-policy"].split("; "))

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert fields["x-content-type-options"] == "nosniff"
    assert fields["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("target", ["/assets/gone.js", "/assets/../../secret", "/assets/%2e%2e/%2e%2e/secret"])
def test_what_was_not_built_is_not_served(client: TestClient, target: str) -> None:
    """A name of an older build, or a way out of the folder, is 404."""
    assert client.get(target).status_code == 404


def test_head_is_answered_and_post_is_not(client: TestClient) -> None:
    """The page is read-only."""
    assert client.head("/").status_code == 200
    assert client.post("/").status_code == 405


def test_a_page_that_is_not_built_says_how_to_build_it(built: Path, client: TestClient) -> None:
    """Watch runs from a fresh clone, too; once the page is built the next load shows it."""
    index = built / "index.html"
    text = index.read_text()
    index.unlink()

    missing = client.get("/")
    index.write_text(text)

    assert missing.status_code == 503
    assert "make web" in missing.text
    assert missing.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in missing.headers["content-security-policy"]
    assert client.get("/").status_code == 200
