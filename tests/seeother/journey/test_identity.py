# SPDX-License-Identifier: Apache-2.0
"""An identity is proved by a seal or it is none: nothing forged, changed, foreign or stale is believed."""

import re
from base64 import urlsafe_b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.errors import SettingsError
from seeother.journey import Identity, Seal, mint

SECRETS = ("correct horse battery staple", "tr0ub4dor&3 tr0ub4dor&3")
SEAL = Seal(SECRETS[:1])
NOW = 1_800_000_000.0
DAY = 24 * 3600.0
ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.="

IDS = st.binary(min_size=16, max_size=16).map(bytes.hex)
IDENTITIES = st.builds(Identity, IDS, st.booleans())
SECRET = st.text(min_size=16, max_size=40)
MOMENTS = st.floats(0, 2**32 - 1 - DAY)


def test_minted_ids_are_random_and_well_formed() -> None:
    """Nobody can guess the next id, and each is 32 lower-case hex digits."""
    ids = [mint().journey_id for _ in range(100)]

    assert len(set(ids)) == 100
    assert all(re.fullmatch(r"[0-9a-f]{32}", journey_id) for journey_id in ids)


def test_minted_identity_is_open() -> None:
    """A journey begins without an outcome."""
    assert mint().ended is False


@given(identity=IDENTITIES, secret=SECRET)
def test_cookie_proves_what_was_sealed(identity: Identity, secret: str) -> None:
    """Id and state come back from the cookie's value."""
    seal = Seal((secret,))

    assert seal.from_cookie(seal.to_cookie(identity)) == identity


@given(identity=IDENTITIES)
def test_cookie_value_needs_no_quoting(identity: Identity) -> None:
    """Browsers and proxies pass it on as it is (RFC 6265 section 4.1.1)."""
    assert re.fullmatch(rb"[0-9A-Za-z._-]{57}", SEAL.to_cookie(identity))


@given(identity=IDENTITIES, place=st.integers(0, 56), put=st.sampled_from(ALPHABET))
def test_cookie_with_a_changed_character_proves_nothing(identity: Identity, place: int, put: int) -> None:
    """No character of the value may be another: neither id nor state nor MAC."""
    value = bytearray(SEAL.to_cookie(identity))
    was, value[place] = value[place], put

    assert SEAL.from_cookie(bytes(value)) == (identity if was == put else None)


@pytest.mark.parametrize("ended", [False, True])
def test_no_character_of_a_cookie_may_be_another(*, ended: bool) -> None:
    """Every place, every character: exactly the value itself is believed."""
    good = SEAL.to_cookie(Identity("0123456789abcdef" * 2, ended=ended))
    changed = {good[:place] + bytes([put]) + good[place + 1 :] for place in range(len(good)) for put in ALPHABET}

    assert [value for value in changed if SEAL.from_cookie(value) is not None] == [good]


def test_no_character_of_a_return_token_may_be_another() -> None:
    """Every place, every character: base64 has spare bits at its end, and they are no way to a second token."""
    good = SEAL.to_return_token("0123456789abcdef" * 2, NOW).encode()
    changed = {good[:place] + bytes([put]) + good[place + 1 :] for place in range(len(good)) for put in ALPHABET}

    assert [value for value in changed if SEAL.from_return_token(value, NOW) is not None] == [good]


@given(value=st.binary(max_size=80) | st.text(ALPHABET.decode(), min_size=50, max_size=80).map(str.encode))
def test_foreign_bytes_prove_nothing_and_never_raise(value: bytes) -> None:
    """Whatever a peer sends as a cookie or a token, there is no identity in it and no trouble."""
    assert SEAL.from_cookie(value) is None
    assert SEAL.from_return_token(value, NOW) is None


@given(raw=st.text(ALPHABET.decode()[:64], min_size=70, max_size=70))
def test_well_formed_token_of_nobody_proves_nothing(raw: str) -> None:
    """Form alone is no proof."""
    assert SEAL.from_return_token(raw.encode(), NOW) is None


@pytest.mark.parametrize("extra", [b"\n", b" ", b"=", b"x"])
def test_nothing_may_be_appended(extra: bytes) -> None:
    """A value with something behind it is not the value."""
    cookie = SEAL.to_cookie(mint())
    token = SEAL.to_return_token(mint().journey_id, NOW).encode()

    assert SEAL.from_cookie(cookie + extra) is None
    assert SEAL.from_return_token(token + extra, NOW) is None


@given(journey_id=IDS, secret=SECRET, now=MOMENTS, age=st.floats(0, DAY - 1))
def test_return_token_proves_its_journey_for_a_day(journey_id: str, secret: str, now: float, age: float) -> None:
    """The id comes back, open, whenever within a day the person does."""
    seal = Seal((secret,))
    token = seal.to_return_token(journey_id, now).encode()

    assert seal.from_return_token(token, now + age) == Identity(journey_id, ended=False)


@pytest.mark.parametrize(
    ("age", "good"), [(-3600.0, False), (-2.0, False), (0.0, True), (DAY, True), (DAY + 1, False), (400 * DAY, False)]
)
def test_return_token_is_good_for_a_day_and_not_from_the_future(age: float, *, good: bool) -> None:
    """A stale token and one from a clock that is wrong prove nothing."""
    token = SEAL.to_return_token("ab" * 16, NOW).encode()

    assert (SEAL.from_return_token(token, NOW + age) is not None) is good


def test_foreign_site_learns_nothing_from_return_tokens() -> None:
    """Two tokens of one journey have nothing in common, and neither shows the id."""
    journey_id = mint().journey_id
    tokens = [urlsafe_b64decode(SEAL.to_return_token(journey_id, NOW) + "==") for _ in range(64)]

    for token in tokens:
        assert bytes.fromhex(journey_id) not in token
        assert journey_id.encode() not in token
    for place in range(52):  # by chance 64 random bytes are all one value once in 256 ** 63
        assert len({token[place] for token in tokens}) > 1


def test_cookie_and_token_are_not_each_other() -> None:
    """Each purpose has keys and a form of its own."""
    identity = mint()

    assert SEAL.from_return_token(SEAL.to_cookie(identity), NOW) is None
    assert SEAL.from_cookie(SEAL.to_return_token(identity.journey_id, NOW).encode()) is None


@given(identity=IDENTITIES, order=st.permutations(SECRETS))
def test_rotated_secret_still_verifies(identity: Identity, order: list[str]) -> None:
    """What an old secret signed is believed as long as the secret is listed, wherever it stands."""
    old, both = Seal((order[0],)), Seal((order[1], order[0]))

    assert both.from_cookie(old.to_cookie(identity)) == identity
    token = old.to_return_token(identity.journey_id, NOW).encode()
    assert both.from_return_token(token, NOW) == Identity(identity.journey_id)


def test_first_secret_signs() -> None:
    """A new secret signs as soon as it stands first, so that the old one can be taken away."""
    identity, new_only, both = mint(), Seal(SECRETS[1:]), Seal((SECRETS[1], SECRETS[0]))

    assert new_only.from_cookie(both.to_cookie(identity)) == identity
    assert new_only.from_return_token(both.to_return_token(identity.journey_id, NOW).encode(), NOW) is not None


def test_secret_that_is_not_listed_verifies_nothing() -> None:
    """A secret that was taken away, or somebody else's, is worth nothing."""
    identity, other = mint(), Seal(SECRETS[1:])

    assert other.from_cookie(SEAL.to_cookie(identity)) is None
    assert other.from_return_token(SEAL.to_return_token(identity.journey_id, NOW).encode(), NOW) is None


@pytest.mark.parametrize("secrets", [(), ("",), ("fifteen letters",), ("a" * 40, "short")])
def test_weak_secret_is_refused_without_being_shown(secrets: tuple[str, ...]) -> None:
    """The error names the setting and the cure, never the secret."""
    with pytest.raises(SettingsError) as caught:
        Seal(secrets)

    assert caught.value.key == "site.secrets"
    assert caught.value.cure
    assert not any(secret and secret in str(caught.value) for secret in secrets)


def test_secret_from_an_environment_that_is_no_utf8_is_used() -> None:
    """Python reads such bytes as surrogates (PEP 383); they sign like any others."""
    seal = Seal((b"\xff\xfe sixteen or more".decode(errors="surrogateescape"),))
    identity = mint()

    assert seal.from_cookie(seal.to_cookie(identity)) == identity
