# SPDX-License-Identifier: Apache-2.0
"""`seeother check` as a process."""

import argparse
import sys
from pathlib import Path

import pytest

from seeother.cli import check
from tests.seeother.cli.conftest import Run

SECRET = "0123456789abcdef"
GOOD = """
[site]
secrets = ["env:SEEOTHER_SECRET"]
public_url = "https://shop.example"
trusted_proxies = ["10.0.0.0/8"]
redirect_hosts = ["pay.example"]
repair = ["RED002"]
leave = ["RED009"]

[[route]]
match = "POST /orders"
idempotency = "required"
dialogue = [422]
success = [303]
errors = [409]
outcome_page = "/orders/pending"
deadline = "10s"

[[route]]
match = "GET /old/:id"
kind = "routing"

[journey.checkout]
abandoned_after = "20s"
[journey.checkout.slo]
success = 0.995
[[journey.checkout.step]]
name = "product"
on = ["GET /products/{slug}"]
optional = true
[[journey.checkout.step]]
name = "submit_order"
on = ["POST /orders", "PUT /orders/<int:id>"]
"""


def test_tells_what_it_understood(run: Run, tmp_path: Path) -> None:
    """Site, routes, journeys, and what has no effect yet; exit code 0."""
    (tmp_path / "seeother.toml").write_text(GOOD)

    process = run("check", SEEOTHER_SECRET=SECRET)

    assert process.stderr == ""
    assert process.returncode == 0
    assert process.stdout == (
        "seeother.toml can be used.\n"
        "\n"
        "site       mode repair, https://shop.example\n"
        "proxies    10.0.0.0/8\n"
        "redirects  to pay.example\n"
        "repairs    by default, also RED002, not RED009\n"
        "ledger     sqlite:///seeother-ledger.db\n"
        "telemetry  to nowhere as shop\n"
        "watch      http://127.0.0.1:8304, store chdb://seeother-watch\n"
        "\n"
        "routes\n"
        "  POST /orders   action, once a key (required, known), in flight: people, finished: replay, "
        "after a crash: unknown, without ledger: refuse, dialogue: 422, answers 303 409, "
        "unknown outcome: /orders/pending, deadline 10s\n"
        "  GET /old/{id}  routing\n"
        "\n"
        "journey checkout: abandoned after 20s, times out after 1d\n"
        "  1 product (optional)  GET /products/{slug}\n"
        "  2 submit_order        POST /orders, PUT /orders/{id}\n"
        "\n"
        "Accepted, but without effect in this release: journey.checkout.slo.success\n"
    )
    assert SECRET not in process.stdout


def test_the_environment_wins(run: Run, tmp_path: Path) -> None:
    """As it does for the guard."""
    (tmp_path / "shop.toml").write_text("")

    process = run("check", "--config", "shop.toml", SEEOTHER_SITE_MODE="observe")

    assert process.returncode == 0
    assert "mode observe" in process.stdout
    assert "no routes" in process.stdout


def test_a_store_s_password_is_not_shown(run: Run, tmp_path: Path) -> None:
    """The address is, without it."""
    (tmp_path / "seeother.toml").write_text('[watch]\nstore = "clickhouse://me:s3cret@db.example/x"\n')

    process = run("check")

    assert "clickhouse://me:...@db.example/x" in process.stdout
    assert "s3cret" not in process.stdout


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:s3cret@db.example,db2.example/x", "postgresql://me:...@db.example,db2.example/x"),
        (
            "postgresql://me@db.example/x?password=s3cret&sslmode=require",
            "postgresql://me@db.example/x?password=...&ss",
        ),
        ("rediss://:s3cret@cache.example:6379/0", "rediss://:...@cache.example:6379/0"),
    ],
)
def test_a_ledger_s_password_is_not_shown(run: Run, tmp_path: Path, url: str, shown: str) -> None:
    """A log of a deployment keeps what is printed here."""
    (tmp_path / "seeother.toml").write_text(f'[ledger]\nurl = "{url}"\n')

    process = run("check")

    assert f"ledger     {shown}" in process.stdout
    assert "s3cret" not in process.stdout


@pytest.mark.parametrize(
    ("url", "module", "extra"),
    [("redis://127.0.0.1/0", "redis", "redis"), ("postgresql://127.0.0.1/shop", "psycopg", "postgres")],
)
def test_what_the_ledger_lacks_is_told(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    url: str,
    module: str,
    extra: str,
) -> None:
    """The application would say so when it starts; the file is right all the same."""
    path = tmp_path / "seeother.toml"
    path.write_text(f'[ledger]\nurl = "{url}"\n')
    arguments = argparse.Namespace(config=path)

    check.run(arguments)
    there = capsys.readouterr().out
    monkeypatch.setitem(sys.modules, module, None)
    check.run(arguments)

    assert f"ledger     {url}\n" in there
    assert f"pip install 'seeother[{extra}]'" in capsys.readouterr().out


def test_folder_that_the_ledger_lacks_is_told(run: Run, tmp_path: Path) -> None:
    """It is not made, for a misspelt one would begin with an empty ledger."""
    (tmp_path / "there").mkdir()
    config = tmp_path / "seeother.toml"

    config.write_text('[ledger]\nurl = "sqlite:///no/such%20place/x.db"\n')
    absent = run("check").stdout
    config.write_text('[ledger]\nurl = "sqlite:///there/x.db?synchronous=normal"\n')
    there = run("check").stdout

    assert "ledger     sqlite:///no/such%20place/x.db (missing here: the folder no/such place;" in absent
    assert "ledger     sqlite:///there/x.db?synchronous=normal\n" in there


def test_where_an_event_s_id_is_looked_for_is_told(run: Run, tmp_path: Path) -> None:
    """A callback brings no key."""
    route = 'match = "POST /paid"\nkind = "callback"\nidempotency = "callback"\nevent_id = "json:data.id"\n'
    (tmp_path / "seeother.toml").write_text(f"[[route]]\n{route}")

    assert "callback, once an event (json:data.id, known)" in run("check").stdout


@pytest.mark.parametrize(
    ("text", "key", "cure"),
    [
        (None, "config", "there is no such file"),
        ("[site", "config", "is not TOML"),
        ('[site]\nmode = "loud"', "site.mode", "choose off or observe"),
        ("[sight]", "sight", "did you mean site?"),
        ('[site]\nmoed = "off"', "site.moed", "did you mean mode?"),
        ('[site]\nsecrets = ["env:SEEOTHER_SECRET"]', "site.secrets", "set the environment variable SEEOTHER_SECRET"),
        ('[ledger]\nurl = "mysql://localhost/0"', "ledger.url", "use memory://"),
        ('[telemetry]\nendpoint = "http://u:p@localhost"', "telemetry.endpoint", "leave out user and password"),
        ('[[route]]\nmatch = "orders"', "route[0].match", "write a method and a path"),
        ("[[route]]\n", "route[0].match", "is needed"),
        ("[journey.checkout]", "journey.checkout.step", "add at least one"),
        (
            '[journey.checkout]\n[[journey.checkout.step]]\nname = "a"\non = ["GET /"]',
            "site.secrets",
            "give at least one secret",
        ),
    ],
)
def test_broken_configuration_names_key_and_cure(
    run: Run, tmp_path: Path, text: str | None, key: str, cure: str
) -> None:
    """Exit code 2 and one line."""
    if text is not None:
        (tmp_path / "seeother.toml").write_text(text)

    process = run("check")

    assert process.returncode == 2
    assert process.stdout == ""
    assert process.stderr.startswith(f"seeother: check: {key} = ")
    assert cure in process.stderr
    assert process.stderr.count("\n") == 1


def test_the_example_in_the_help_can_be_used(run: Run, tmp_path: Path) -> None:
    """What the help shows is what the reader accepts."""
    _, _, example = run("check", "--help").stdout.partition("to begin with:\n")
    (tmp_path / "seeother.toml").write_text(example)

    process = run("check", SEEOTHER_SECRET=SECRET)

    assert process.stderr == ""
    assert process.returncode == 0
    assert "1 submit_order" in process.stdout


def test_transactional_route_is_told_of_without_what_it_does_not_need(run: Run, tmp_path: Path) -> None:
    """The application's database remembers it: no crash leaves it unknown, and no ledger is asked."""
    declared = '[[route]]\nmatch = "POST /orders"\nidempotency = "required"\ntransactional = true\n'
    (tmp_path / "seeother.toml").write_text(declared)

    told = run("check").stdout

    assert "in flight: people, finished: replay, in the application's transaction\n" in told


def test_guard_in_front_is_told_and_held_to_what_it_can(run: Run, tmp_path: Path) -> None:
    """Whom it would ask; and what it could not do is refused before it is started."""
    config = tmp_path / "seeother.toml"
    servers = '[[upstream]]\nurl = "http://127.0.0.1:8080"\n[[upstream]]\nmatch = "/api"\nurl = "http://api"\n'
    config.write_text(servers)

    fine = run("check")
    config.write_text(servers + '[[route]]\nmatch = "POST /orders"\nidempotency = "key"\ntransactional = true\n')
    refused = run("check")

    told = "guard      http://127.0.0.1:8305, answers / by http://127.0.0.1:8080, /api by http://api\n"
    assert told in fine.stdout
    assert refused.returncode == 2
    assert "route[0].transactional" in refused.stderr
