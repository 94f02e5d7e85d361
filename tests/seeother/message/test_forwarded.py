# SPDX-License-Identifier: Apache-2.0
"""What proxies forward is believed hop by hop, and never where it could be forged."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.message import FORWARDED_FIELDS, Fields, Forwarding, Request, believed, is_within

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
STRANGER = "203.0.113.9"


def asked(*fields: tuple[bytes, bytes], client: str | None = "10.0.0.1") -> Request:
    """A request that a trusted proxy passed on."""
    return Request("GET", "/", authority=b"inside:8000", fields=fields, client=client)


def forwarded(value: bytes) -> Forwarding | None:
    """What one line of `Forwarded` is believed to say."""
    return believed(asked((b"forwarded", value)), TRUSTED)


def said(
    client: str | None = None, scheme: str | None = None, host: bytes | None = None, prefix: str | None = None
) -> Forwarding:
    """What is expected where nothing disagrees."""
    return Forwarding(client, scheme, host, prefix, disagrees=False)


@pytest.mark.parametrize("field", sorted(FORWARDED_FIELDS))
@pytest.mark.parametrize("client", [STRANGER, None, "", "unix:", "11.0.0.1", "::ffff:11.0.0.1", "10.0.0"])
def test_stranger_is_not_believed(field: bytes, client: str | None) -> None:
    """Whatever the field, only a trusted peer may set it."""
    assert believed(asked((field, b"for=1.2.3.4;proto=https"), client=client), TRUSTED) is None


def test_nobody_is_believed_where_nobody_is_trusted() -> None:
    """Not even the machine itself."""
    assert believed(asked((b"x-forwarded-proto", b"https"), client="127.0.0.1"), ()) is None


def test_nothing_forwarded_is_nothing_believed() -> None:
    """A trusted peer may be the client itself."""
    assert believed(asked((b"host", b"shop.example")), TRUSTED) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"for=192.0.2.43;proto=https;host=shop.example", said("192.0.2.43", "https", b"shop.example")),
        (b'For="[2001:db8:cafe::17]:4711";Proto=HTTPS', said("2001:db8:cafe::17", "https")),
        (b'for="192.0.2.43:47011" ; host="shop.example:8443"', said("192.0.2.43", None, b"shop.example:8443")),
        (b"for=_gazonk", said("_gazonk")),
        (b'for="_gazonk:_port"', said("_gazonk")),
        (b"for=unknown;proto=http", said(None, "http")),
        (b'for="[::ffff:192.0.2.1]"', said("192.0.2.1")),
        (b"by=10.0.0.1;secret=x;for=192.0.2.43", said("192.0.2.43")),
        (b'for="192.0.2\\.43"', said("192.0.2.43")),
        (b"proto=https", said(None, "https")),
        (b"proto=wss", said(None, "https")),
        (b"proto=gopher;host=a@b", said()),
        (b'host="shop.example/evil"', said()),
        (b"for=1.2.3.4;for=5.6.7.8;proto=https", said()),
        (b"nonsense", said()),
        (b"", said()),
        (b"for=192.0.2.43.1;proto=https", said(None, "https")),
    ],
)
def test_one_element_is_read(value: bytes, expected: Forwarding) -> None:
    """Quoting, brackets, ports and obfuscated names, as RFC 7239 has them."""
    assert forwarded(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        # The client wrote the left one: the address of the peer's own peer is not trusted, so reading ends there.
        (b"for=1.1.1.1;host=evil.example, for=192.0.2.43;proto=https", said("192.0.2.43", "https")),
        # Two trusted proxies: the outer one's words count.
        (
            b"for=192.0.2.43;proto=https;host=shop.example, for=10.0.0.2;proto=http;host=inside",
            said("192.0.2.43", "https", b"shop.example"),
        ),
        (b"for=192.0.2.43, for=10.0.0.2;proto=http;host=inside", said("192.0.2.43", "http", b"inside")),
        (
            b'for=6.6.6.6;proto=http,for=192.0.2.43;proto=https,for="[fd00::2]:80"',
            said("192.0.2.43", "https"),
        ),
        (b"for=10.0.0.3, for=10.0.0.2", said("10.0.0.3")),  # a request from inside
        (b"for=192.0.2.43, for=unknown", said(None)),
        (b"for=192.0.2.43;proto=https, for=_hidden", said("_hidden")),
        # Quotes that the client left open, and escapes that would reach across the comma.
        (b'for="1.1.1.1;host=evil.example, for=192.0.2.43;proto=https', said("192.0.2.43", "https")),
        (b'for="\\, for="[2001:db8::1]";proto=https', said("2001:db8::1", "https")),
        (b'for=", for=192.0.2.43;host="shop.example"', said("192.0.2.43", None, b"shop.example")),
    ],
)
def test_hops_are_read_from_the_right(value: bytes, expected: Forwarding) -> None:
    """As long as the one that wrote them is trusted, and in one line or several."""
    assert forwarded(value) == expected
    if b'"' not in value:
        lines = tuple([(b"forwarded", part) for part in value.split(b",")])
        assert believed(asked(*lines), TRUSTED) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({b"for": b"192.0.2.43"}, said("192.0.2.43")),
        ({b"for": b"192.0.2.43:1234", b"proto": b"https"}, said("192.0.2.43", "https")),
        ({b"for": b"2001:db8::1"}, said("2001:db8::1")),
        ({b"for": b"[2001:db8::1]:443"}, said("2001:db8::1")),
        ({b"for": b"1.1.1.1, 192.0.2.43, 10.0.0.2"}, said("192.0.2.43")),
        ({b"for": b"1.1.1.1, unknown, 10.0.0.2"}, said(None)),
        ({b"for": b"evil, 192.0.2.43"}, said("192.0.2.43")),
        ({b"for": b"10.0.0.3, 10.0.0.2"}, said("10.0.0.3")),
        ({b"for": b""}, said(None)),
        # The client forged the left value, its proxy added the right one.
        ({b"for": b"1.1.1.1, 192.0.2.43", b"proto": b"http, https"}, said("192.0.2.43", "https")),
        ({b"for": b"192.0.2.43", b"host": b"evil.example, shop.example"}, said("192.0.2.43", None, b"shop.example")),
        # Two trusted proxies that both add: the outer one's counts.
        (
            {b"for": b"192.0.2.43, 10.0.0.2", b"proto": b"http, https, http", b"host": b"evil, shop.example, inside"},
            said("192.0.2.43", "https", b"shop.example"),
        ),
        # Two trusted proxies, of which the inner one leaves the value alone.
        ({b"for": b"192.0.2.43, 10.0.0.2", b"proto": b"https"}, said("192.0.2.43", "https")),
        ({b"proto": b"https"}, said(None, "https")),
        ({b"proto": b"http, https"}, said(None, "https")),
        ({b"host": b"shop.example", b"proto": b"https", b"port": b"443"}, said(None, "https", b"shop.example")),
        ({b"host": b"shop.example", b"proto": b"https", b"port": b"8443"}, said(None, "https", b"shop.example:8443")),
        ({b"host": b"shop.example:1", b"proto": b"https", b"port": b"2"}, said(None, "https", b"shop.example:1")),
        ({b"host": b"shop.example", b"port": b"8443"}, said(None, None, b"shop.example")),
        ({b"host": b"shop.example", b"proto": b"https", b"port": b"x"}, said(None, "https", b"shop.example")),
        ({b"host": b"evil.example/\\x"}, said()),
        ({b"host": b"a@shop.example"}, said()),
        ({b"host": "café.example".encode()}, said()),
        ({b"prefix": b"/pay"}, said(prefix="/pay")),
        ({b"prefix": b"/pay/v2/"}, said(prefix="/pay/v2")),
        ({b"prefix": b"/evil, /pay"}, said(prefix="/pay")),
        ({b"prefix": b"//evil.example"}, said()),
        ({b"prefix": b"/\\evil.example"}, said()),
        ({b"prefix": b"/pay/../admin"}, said()),
        ({b"prefix": b"/"}, said()),
        ({b"prefix": b"pay"}, said()),
    ],
)
def test_the_older_family_is_read(fields: dict[bytes, bytes], expected: Forwarding) -> None:
    """Lists from the right, as far as the hops are trusted."""
    lines = tuple([(b"x-forwarded-" + name, value) for name, value in fields.items()])

    assert believed(asked(*lines), TRUSTED) == expected


BOTH = b"for=192.0.2.43;proto=https;host=shop.example"


@pytest.mark.parametrize(
    ("legacy", "expected"),
    [
        (
            {b"for": b"192.0.2.43", b"proto": b"https", b"host": b"Shop.example:443"},
            said("192.0.2.43", "https", b"shop.example"),
        ),
        ({b"for": b"192.0.2.43"}, said("192.0.2.43")),  # what only one family says may be the client's own
        ({b"host": b"shop.example", b"prefix": b"/pay"}, said(None, None, b"shop.example", "/pay")),
        ({b"proto": b"http"}, Forwarding(None, None, None, None, disagrees=True)),
        (
            {b"for": b"192.0.2.43", b"host": b"evil.example", b"prefix": b"/x"},
            Forwarding("192.0.2.43", None, None, None, disagrees=True),
        ),
        ({b"for": b"6.6.6.6", b"proto": b"https"}, Forwarding(None, None, None, None, disagrees=True)),
        ({b"host": b"shop.example:8443"}, Forwarding(None, None, None, None, disagrees=True)),
    ],
)
def test_two_families_are_believed_where_they_agree(legacy: dict[bytes, bytes], expected: Forwarding) -> None:
    """A proxy that writes one passes on what a client wrote in the other."""
    lines = tuple([(b"x-forwarded-" + name, value) for name, value in legacy.items()])

    assert believed(asked((b"forwarded", BOTH), *lines), TRUSTED) == expected


@pytest.mark.parametrize(
    ("address", "network", "expected"),
    [
        ("10.1.2.3", "10.0.0.0/8", True),
        ("11.1.2.3", "10.0.0.0/8", False),
        ("::ffff:10.1.2.3", "10.0.0.0/8", True),
        ("fe80::1%eth0", "fe80::/10", True),
        ("::1", "::1/128", True),
        ("::1", "127.0.0.0/8", False),
        ("10.1.2.3", "::/0", False),
        ("testclient", "0.0.0.0/0", False),
        ("", "0.0.0.0/0", False),
        (None, "0.0.0.0/0", False),
        ("10.1.2.3:80", "0.0.0.0/0", False),
    ],
)
def test_addresses_within_networks(address: str | None, network: str, *, expected: bool) -> None:
    """A mapped address is its IPv4 one; what is no address is nowhere."""
    assert is_within(address, [ip_network(network)]) is expected


PLAIN_V6 = st.ip_addresses(v=6).filter(lambda address: IPv6Address(address).ipv4_mapped is None)
PIECES = [
    b"for=",
    b"proto=https",
    b"host=",
    b"1.2.3.4",
    b"10.0.0.2",
    b"[::1]",
    b'"',
    b"\\",
    b",",
    b";",
    b"=",
    b" ",
    b"_a",
]
LINES = st.lists(
    st.tuples(
        st.sampled_from(sorted(FORWARDED_FIELDS)),
        st.binary(max_size=20) | st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join),
    ),
    max_size=4,
).map(tuple)


@given(lines=LINES, client=st.sampled_from(["10.0.0.1", STRANGER]))
def test_any_lines_are_read(lines: Fields, client: str) -> None:
    """Nothing raises, and a stranger says nothing."""
    found = believed(asked(*lines, client=client), TRUSTED)

    assert (found is None) is (client == STRANGER or not lines)
    if found is not None and found.disagrees:
        assert (found.scheme, found.host, found.prefix) == (None, None, None)


@given(forged=st.binary(max_size=30) | st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join))
def test_no_forgery_reaches_across_the_proxy_s_own_words(forged: bytes) -> None:
    """Whatever a client sends, the element that the trusted proxy adds behind it is the one that counts."""
    own = b'for="[2001:db8::9]:1";proto=https;host="shop.example"'

    assert forwarded(forged + b", " + own) == said("2001:db8::9", "https", b"shop.example")


@given(hops=st.lists(st.ip_addresses(v=4) | PLAIN_V6, min_size=1, max_size=6))
def test_the_client_is_the_first_untrusted_hop(hops: list[IPv4Address | IPv6Address]) -> None:
    """In both families alike."""
    networks: list[IPv4Network | IPv6Network] = [ip_network("0.0.0.0/1"), ip_network("::/1"), *TRUSTED]
    addresses = [str(hop) for hop in hops]
    expected = next((hop for hop in reversed(addresses) if not is_within(hop, networks)), addresses[0])
    quoted = ", ".join([f'for="[{hop}]"' if ":" in hop else f"for={hop}" for hop in addresses])

    standard = believed(asked((b"forwarded", quoted.encode())), networks)
    legacy = believed(asked((b"x-forwarded-for", ", ".join(addresses).encode())), networks)

    assert standard == legacy
    assert standard is not None
    assert standard.client == expected


@pytest.mark.parametrize("value", [b"10.0.0.2," * 10_000, b'"' * 100_000, b'for="\\' * 20_000, b"[" * 100_000])
def test_bombs_are_read_in_no_time(value: bytes) -> None:
    """100 KB cost linear time; the suite's own limit would stop anything else."""
    assert believed(asked((b"forwarded", value), (b"x-forwarded-for", value)), TRUSTED) is not None
