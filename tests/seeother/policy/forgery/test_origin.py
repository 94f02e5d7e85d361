# SPDX-License-Identifier: Apache-2.0
"""Who sent a form: the table of Go's CrossOriginProtection, and what only a token can tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.journey import RouteKind
from seeother.message import Field, Origin, Pattern, Request
from seeother.policy.forgery.origin import Ground, by_token, check_origin, is_exempt, may_refuse
from seeother.policy.route import RoutePolicy

SITE = Origin("https", "shop.example", 443)
PARTNER = Origin("https", "pay.example", 443)
COOKIE = (b"cookie", b"session=1")
FORM = (b"content-type", b"application/x-www-form-urlencoded")


def request(*fields: Field, method: str = "POST", host: bytes = b"internal.test:8000", scheme: str = "http") -> Request:
    """A request as it comes from a proxy that has ended TLS."""
    return Request(method, "/orders", scheme=scheme, authority=host, fields=fields)


def site(value: bytes) -> Field:
    """What a browser says about where the request comes from."""
    return (b"sec-fetch-site", value)


def origin(value: bytes) -> Field:
    """The origin that a browser names."""
    return (b"origin", value)


@pytest.mark.parametrize(
    ("fields", "allowed", "reason"),
    [
        ([site(b"same-origin")], True, Ground.FETCH_METADATA),
        ([site(b"none")], True, Ground.FETCH_METADATA),
        ([site(b"same-origin"), origin(b"https://evil.example")], True, Ground.FETCH_METADATA),
        ([site(b"same-origin"), site(b"same-origin")], True, Ground.FETCH_METADATA),
        ([site(b"same-site")], False, Ground.FETCH_METADATA),
        ([site(b"cross-site")], False, Ground.FETCH_METADATA),
        ([site(b"")], True, Ground.SILENCE),
        ([site(b"Same-Origin")], False, Ground.FETCH_METADATA),
        ([site(b"anything")], False, Ground.FETCH_METADATA),
        ([site(b"cross-site"), origin(b"https://shop.example")], False, Ground.FETCH_METADATA),
        ([site(b"cross-site"), origin(b"https://pay.example")], True, Ground.TRUSTED),
        ([site(b"same-site"), origin(b"https://pay.example")], True, Ground.TRUSTED),
        ([site(b"cross-site"), origin(b"http://pay.example")], False, Ground.FETCH_METADATA),
        ([site(b"cross-site"), site(b"same-origin")], False, Ground.DISAGREEMENT),
        (
            [site(b"same-origin"), origin(b"https://a.example"), origin(b"https://b.example")],
            False,
            Ground.DISAGREEMENT,
        ),
        ([origin(b"https://shop.example")], True, Ground.ORIGIN),
        ([origin(b"https://shop.example:443")], True, Ground.ORIGIN),
        ([origin(b"http://internal.test:8000")], True, Ground.ORIGIN),
        ([origin(b"https://internal.test:8000")], True, Ground.ORIGIN),
        ([origin(b"http://internal.test")], False, Ground.ORIGIN),
        ([origin(b"https://evil.example")], False, Ground.ORIGIN),
        ([origin(b"https://shop.example.evil.example")], False, Ground.ORIGIN),
        ([origin(b"http://shop.example")], False, Ground.ORIGIN),
        ([origin(b"https://pay.example")], True, Ground.TRUSTED),
        ([origin(b"null")], False, Ground.ORIGIN),
        ([origin(b"shop.example")], False, Ground.ORIGIN),
        ([], True, Ground.SILENCE),
    ],
)
def test_browser_tells_where_a_form_comes_from(fields: list[Field], allowed: bool, reason: Ground) -> None:  # noqa: FBT001 - a column of the table
    """The table at the head of `origin.py`; https is the site's even where the request came to an internal host."""
    verdict = check_origin(request(*fields), site=SITE, trusted=frozenset({PARTNER}))

    assert (verdict.allowed, verdict.reason) == (allowed, reason)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE"])
def test_safe_methods_pass(method: str) -> None:
    """What changes nothing may come from anywhere: a link, a provider's return."""
    verdict = check_origin(request(site(b"cross-site"), method=method), site=None)

    assert (verdict.allowed, verdict.reason) == (True, Ground.SAFE_METHOD)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST", "BREW"])
def test_every_other_method_is_looked_at(method: str) -> None:
    """A method that nobody knows may change something."""
    assert not check_origin(request(site(b"cross-site"), method=method), site=None).allowed


@pytest.mark.parametrize(
    "name", [b"x-requested-with", b"x-csrf-token", b"x-csrftoken", b"x-forwarded-host", b"referer"]
)
def test_custom_field_opens_nothing(name: bytes) -> None:
    """The article's sample let whoever sent X-Requested-With pass."""
    foreign = (site(b"cross-site"), origin(b"https://evil.example"), COOKIE)

    assert not check_origin(request(*foreign, (name, b"XMLHttpRequest")), site=SITE).allowed
    assert not check_origin(request(*foreign[1:], (name, b"shop.example")), site=SITE).allowed


def test_without_a_public_url_the_host_decides() -> None:
    """A shop on one machine needs no setting."""
    own = request(origin(b"https://shop.example"), host=b"SHOP.example")

    assert check_origin(own, site=None).allowed
    assert not check_origin(own._replace(authority=b"other.example"), site=None).allowed
    assert not check_origin(own._replace(authority=b""), site=None).allowed


def test_plain_page_is_not_the_site_where_tls_is_certain() -> None:
    """Whoever sits on the network can write a page of the same host on http."""
    plain = request(origin(b"http://shop.example"), host=b"shop.example", scheme="https")

    assert not check_origin(plain, site=None).allowed
    assert check_origin(plain._replace(scheme="http"), site=None).allowed


def test_verdict_shows_what_was_seen() -> None:
    """A finding needs evidence, and none of it is longer than it may be."""
    verdict = check_origin(request(site(b"cross-site"), origin(b"https://" + b"e" * 999)), site=SITE)

    assert verdict.evidence == {
        "host": "internal.test:8000",
        "origin": "https://" + "e" * 192,
        "sec-fetch-site": "cross-site",
    }


@pytest.mark.parametrize(
    ("fields", "wants"),
    [
        ([COOKIE, FORM], True),
        ([COOKIE, (b"content-type", b"multipart/form-data; boundary=x")], True),
        ([COOKIE, (b"content-type", b"text/plain")], True),
        ([COOKIE], True),
        ([(b"authorization", b"Basic dTpw"), FORM], True),
        ([COOKIE, (b"content-type", b"application/json")], False),
        ([(b"authorization", b"Bearer x"), FORM], False),
        ([FORM], False),
        ([COOKIE, FORM, site(b"same-origin")], False),
        ([COOKIE, FORM, site(b"cross-site")], False),
        ([COOKIE, FORM, origin(b"https://evil.example")], False),
        ([COOKIE, FORM, origin(b"null")], True),
        ([COOKIE, FORM, origin(b"null"), site(b"cross-site")], False),
    ],
)
def test_token_is_wanted_where_nothing_else_tells(fields: list[Field], wants: bool) -> None:  # noqa: FBT001 - a column of the table
    """From a form of an old browser, or of a page that hides its origin; a program is left in peace."""
    assert check_origin(request(*fields), site=SITE).wants_token is wants


@pytest.mark.parametrize("fields", [[COOKIE, FORM], [COOKIE, FORM, origin(b"null")]], ids=["silent", "null"])
def test_token_decides_where_it_is_wanted(fields: list[Field]) -> None:
    """A forger can leave the token out, so a missing one is as bad as a wrong one."""
    verdict = check_origin(request(*fields), site=SITE)

    good, bad = by_token(verdict, is_valid=True), by_token(verdict, is_valid=False)

    assert (good.allowed, good.reason, good.wants_token) == (True, Ground.TOKEN, False)
    assert (bad.allowed, bad.reason, bad.wants_token) == (False, Ground.TOKEN, False)
    assert bad.evidence == verdict.evidence


@pytest.mark.parametrize("value", [b"same-origin", b"cross-site"])
def test_token_does_not_overrule_the_browser(value: bytes) -> None:
    """A stolen token does not make a foreign page ours, and a page of ours needs none."""
    verdict = check_origin(request(COOKIE, FORM, site(value)), site=SITE)

    assert by_token(verdict, is_valid=True) == by_token(verdict, is_valid=False) == verdict


def test_only_declared_actions_are_refused() -> None:
    """A callback and a return come from elsewhere by nature; what is not declared is only reported."""
    routes = {kind: RoutePolicy(Pattern.parse("POST /x"), kind=kind) for kind in RouteKind}

    assert [kind for kind, route in routes.items() if may_refuse(route)] == [RouteKind.ACTION]
    assert [kind for kind, route in routes.items() if is_exempt(route)] == [RouteKind.CALLBACK, RouteKind.RETURN]
    assert not may_refuse(None)
    assert not is_exempt(None)


FIELD = st.tuples(st.sampled_from([b"origin", b"sec-fetch-site", b"cookie", b"content-type", b"host"]), st.binary())


@given(st.lists(FIELD), st.binary(), st.sampled_from(["http", "https", "", "ws"]))
def test_anything_can_be_judged(fields: list[Field], host: bytes, scheme: str) -> None:
    """Whatever is sent, there is a verdict, and garbage is never ours."""
    verdict = check_origin(request(*fields, host=host, scheme=scheme), site=SITE)

    assert verdict.allowed or verdict.reason in {Ground.FETCH_METADATA, Ground.ORIGIN, Ground.DISAGREEMENT}


@given(st.binary(min_size=1).filter(lambda value: value.strip() not in {b"", b"same-origin", b"none"}))
def test_unknown_word_of_a_browser_is_foreign(value: bytes) -> None:
    """A value that comes to be later is refused until somebody has thought about it."""
    assert not check_origin(request(site(value)), site=SITE).allowed


def test_thousands_of_lines_are_told_apart_no_further_than_needed() -> None:
    """Two that differ are enough to refuse; the evidence stays short."""
    lines = [origin(b"https://%d.example" % number) for number in range(10_000)]

    verdict = check_origin(request(*lines), site=SITE)

    assert (verdict.allowed, verdict.reason) == (False, Ground.DISAGREEMENT)
    assert len(verdict.evidence["origin"]) == 200
