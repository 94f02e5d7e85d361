# SPDX-License-Identifier: Apache-2.0
"""Which flow an exchange needs: origin first, then the token, the ledger, and the parked page around it."""

from pathlib import Path

import pytest

from seeother.errors import StoreError
from seeother.gate import Passage, flow_of, flows
from seeother.gate.passage import FindingError
from seeother.message import Response, first
from seeother.policy import Claim, Finished, Forward, Granted, LedgerKey, Mismatch, Read, Respond, Settle, Verdict
from tests.seeother.gate.site import MACHINE, ORDER, PERSON, findings, gate, passage
from tests.seeother.policy.script import Driven, driven

PAGE = Response(200, ((b"content-type", b"text/html"),), b"<p>Thank you")
LOGIN = Response(200, (*PAGE.fields, (b"set-cookie", b"sid=2; Path=/; HttpOnly")), PAGE.content)
SETTLED = True  # the reply to what was written down in time
COOKIE = (b"cookie", b"sid=1")
OLD_BROWSER = tuple([field for field in PERSON if not field[0].startswith(b"sec-")])
FORM = (b"content-type", b"application/x-www-form-urlencoded")


def run(here: Passage, *replies: bytes | Response | Verdict | StoreError | bool | None) -> Driven:
    """Drive the exchange's flow, which there must be."""
    flow = flow_of(here)
    assert flow is not None
    return driven(flow, *replies)


def cross_site(at: str = "POST /orders", **sections: object) -> Passage:
    """A form that another site's page has sent."""
    foreign = tuple([field for field in PERSON if field[0] != b"sec-fetch-site"])
    return passage(at, (b"sec-fetch-site", b"cross-site"), by=foreign, at=gate(**sections))  # type: ignore[arg-type]


def test_nothing_is_asked_where_nothing_is_declared() -> None:
    """The application is simply called."""
    assert flow_of(passage("GET /cart")) is None
    assert flow_of(passage("POST /orders")) is None


def test_a_foreign_form_to_an_action_is_refused() -> None:
    """403, and the application never hears of it; the finding says on which ground."""
    with findings() as found:
        result = run(cross_site(), None)

    assert result.kinds == [Respond]
    assert result.response.status == 403
    assert [(finding.rule, finding.evidence["refused"]) for finding in found] == [("FRM002", "yes")]


def test_pages_of_refusals_are_the_site_s_own(tmp_path: Path) -> None:
    """A foreign form, a key that is used for something else, a ledger that is away: all look like the shop."""
    template = tmp_path / "page.html"
    template.write_text('<!doctype html><title>Tea</title>$detail <a href="$way_on">On</a>')
    site: dict[str, object] = {"fallback": str(template)}
    shop = gate(route=[{"match": "POST /orders", "idempotency": "required"}], site=site)
    key = (b"idempotency-key", b'"k-1"')

    refusals = [
        run(cross_site(site=site), None).response,
        run(passage("POST /orders", by=PERSON, at=shop), b"", None, None).response,
        run(passage("POST /orders", key, by=PERSON, at=shop), b"", Mismatch(), None).response,
        run(passage("POST /orders", key, by=PERSON, at=shop), b"", StoreError("away"), None).response,
    ]

    assert [refusal.status for refusal in refusals] == [403, 400, 422, 503]
    assert all(refusal.content.startswith(b"<!doctype html><title>Tea</title>") for refusal in refusals)


@pytest.mark.parametrize(
    ("at", "sections"),
    [("POST /newsletter", {}), ("POST /orders", {"site": {"mode": "observe"}})],
    ids=["undeclared", "observed"],
)
def test_elsewhere_it_is_only_reported(at: str, sections: dict[str, object]) -> None:
    """Refusing what nobody declared would break what works."""
    with findings() as found:
        assert flow_of(cross_site(at, **sections)) is None

    assert [(finding.rule, finding.evidence["refused"]) for finding in found] == [("FRM002", "no")]


def test_a_route_may_leave_it_at_the_report() -> None:
    """`leave` says so of this rule as of any other."""
    with findings() as found:
        assert flow_of(cross_site(route=[{**ORDER, "leave": ["FRM002"]}])) is None

    assert [(finding.rule, finding.evidence["refused"]) for finding in found] == [("FRM002", "no")]


@pytest.mark.parametrize("kind", ["callback", "return"])
def test_callbacks_and_returns_come_from_elsewhere(kind: str) -> None:
    """A provider's server and a provider's page are foreign by nature."""
    with findings() as found:
        assert flow_of(cross_site(route=[{**ORDER, "kind": kind}])) is None

    assert found == []


def test_a_trusted_origin_may_act() -> None:
    """Another site of the same house."""
    at = gate(site={"trusted_origins": ["https://app.example"]})
    fields = ((b"sec-fetch-site", b"cross-site"), (b"origin", b"https://app.example"))
    foreign = tuple([field for field in PERSON if field[0] != b"sec-fetch-site"])

    assert flow_of(passage("POST /orders", *fields, by=foreign, at=at)) is None


def test_an_old_browser_s_form_needs_the_token_where_the_route_insists() -> None:
    """It says neither where it comes from nor what it is; the token in the form does."""
    at = gate(route=[{**ORDER, "form_token": True}])
    shown = passage("GET /help", by=OLD_BROWSER, at=at)
    token = shown.form_token()
    brought = shown.leaving(200, (), b"").fields[0][1].partition(b";")[0]
    assert token is not None

    good = run(
        passage("POST /orders", (b"cookie", b"sid=1; " + brought), FORM, by=OLD_BROWSER, at=at),
        f"seeother_token={token}".encode(),
        PAGE,
        None,
    )
    bad = run(passage("POST /orders", COOKIE, FORM, by=OLD_BROWSER, at=at), b"seeother_token=forged", None)

    assert good.kinds == [Read, Forward, Respond]
    assert bad.kinds == [Read, Respond]
    assert bad.response.status == 403


def test_a_token_that_another_site_has_fetched_is_nobody_s() -> None:
    """It is good for whoever fetched it; their visitors are somebody else, or nobody."""
    at = gate(route=[{**ORDER, "form_token": True}], journey={})
    token = passage("GET /help", by=OLD_BROWSER, at=at).form_token()
    visitor = passage("GET /help", by=OLD_BROWSER, at=at)
    visitor.form_token()
    theirs = visitor.leaving(200, (), b"").fields[0][1].partition(b";")[0]
    content = f"seeother_token={token}".encode()

    for cookie in (b"sid=1", b"sid=1; " + theirs):
        forged = run(passage("POST /orders", (b"cookie", cookie), FORM, by=OLD_BROWSER, at=at), content, None)
        assert (forged.kinds, forged.response.status) == ([Read, Respond], 403)


def test_a_page_that_answers_an_order_is_parked() -> None:
    """POST, 303, and the page under an address of its own, for the same person only."""
    at = gate(route=[{**ORDER, "park": True, "principal": "session:sid"}])
    granted = Granted(LedgerKey("parked", "t"), 1)

    parked = run(passage("POST /orders", COOKIE, at=at), PAGE, granted, SETTLED, None)

    assert parked.kinds == [Forward, Claim, Settle, Respond]
    location = first(parked.response.fields, b"location") or b""
    assert parked.response.status == 303
    assert location.startswith(b"/.seeother/parked/")
    shown = run(passage(f"GET {location.decode()}", COOKIE, at=at), Finished(PAGE), None)
    assert shown.response.content == PAGE.content


@pytest.mark.parametrize(
    ("answer", "cookie", "is_theirs"),
    [
        (PAGE, b"sid=1", True),
        (PAGE, b"sid=2", False),
        (PAGE, b"other=1", False),
        (LOGIN, b"sid=2", True),  # the cookie that the answer sets is the one that the browser comes back with
        (LOGIN, b"sid=1", False),
    ],
)
def test_a_parked_page_is_for_whoever_has_its_session(answer: Response, cookie: bytes, *, is_theirs: bool) -> None:
    """It is looked for under the key under which it was put, though a GET of it is no route of anybody's."""
    at = gate(journey={}, route=[{**ORDER, "park": True, "principal": "session:sid"}])
    granted = Granted(LedgerKey("parked", "t"), 1)
    parked = run(passage("POST /orders", COOKIE, at=at), answer, granted, SETTLED, None)
    location = (first(parked.response.fields, b"location") or b"").decode()

    shown = run(passage(f"GET {location}", (b"cookie", cookie), at=at), Finished(PAGE), None)

    put, asked = [want.key for result in (parked, shown) for want in result.wants if isinstance(want, Claim)]
    assert (put == asked) is is_theirs


def test_where_the_ledger_is_away_the_page_is_the_answer() -> None:
    """Never worse than before."""
    at = gate(route=[{**ORDER, "park": True, "principal": "session:sid"}])

    result = run(passage("POST /orders", COOKIE, at=at), PAGE, StoreError("away"), None)

    assert result.response == PAGE


def test_the_outcome_page_is_the_guard_s_own() -> None:
    """It says that nobody knows yet, in both languages, and leads on."""
    result = run(passage("GET /.seeother/outcome"), None)

    assert result.response.status == 200
    assert first(result.response.fields, b"cache-control") == b"no-store"
    assert b'lang="en"' in result.response.content
    assert b'lang="zh-Hans"' in result.response.content
    assert b"href=" in result.response.content


def test_other_addresses_below_it_are_the_application_s() -> None:
    """The guard takes what is its own and no more."""
    assert flow_of(passage("GET /.seeother/else", by=MACHINE)) is None


def test_an_error_while_choosing_lets_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault in looking at the origin costs the shop no order, and what is to happen once still does."""

    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("a fault of the guard's own")

    monkeypatch.setattr(flows, "check_origin", broken)
    once = gate(route=[{**ORDER, "idempotency": "required"}])

    with findings() as found:
        assert flow_of(passage("POST /orders")) is None
        kept = flow_of(passage("POST /orders", at=once))

    assert kept is not None
    assert isinstance(next(kept), Read)
    assert [finding.rule for finding in found] == ["GRD001", "GRD001"]
    kept.close()


def test_an_error_while_choosing_fails_a_strict_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mode strict is there to show what is wrong."""

    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("a fault of the guard's own")

    monkeypatch.setattr(flows, "check_origin", broken)

    with pytest.raises(FindingError, match="GRD001"):
        flow_of(passage("POST /orders", at=gate(site={"mode": "strict"})))


@pytest.mark.parametrize("mount", ["", "/shop"], ids=["taken off by the proxy", "left there"])
def test_own_pages_are_below_the_public_address(mount: str) -> None:
    """People are sent to where the proxy mounts the application, and what they ask for comes back either way."""
    declared = {**ORDER, "match": f"POST {mount}/orders", "park": True, "principal": "session:sid"}
    at = gate(site={"public_url": "https://shop.example/shop/"}, journey={}, route=[declared])
    granted = Granted(LedgerKey("parked", "t"), 1)

    failed = passage(f"POST {mount}/orders", COOKIE, at=at).leaving(500, (), b"")
    told = run(passage(f"GET {mount}/.seeother/outcome", at=at), None)
    parked = run(passage(f"POST {mount}/orders", COOKIE, at=at), PAGE, granted, SETTLED, None)
    location = (first(parked.response.fields, b"location") or b"").decode()
    asked = mount + location.removeprefix("/shop")
    shown = run(passage(f"GET {asked}", COOKIE, at=at), Finished(PAGE), None)
    beside = run(passage(f"GET {asked}/../help".replace("/orders/../", "/"), COOKIE, at=at), None)

    assert first(failed.fields, b"location") == b"/shop/.seeother/outcome"
    assert told.response.status == 200
    assert location.startswith("/shop/.seeother/parked/")
    assert location.endswith("/orders")
    assert "/shop/orders" not in location
    put, sought = [want.key for result in (parked, shown) for want in result.wants if isinstance(want, Claim)]
    assert put == sought
    assert first(beside.response.fields, b"location") == b"/shop/help"


def test_a_refusal_leads_on_to_where_the_site_says() -> None:
    """As every other page of the guard's own."""
    result = run(cross_site(site={"way_on": "/shop"}), None)

    assert b'<a href="/shop">' in result.response.content
