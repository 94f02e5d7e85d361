# SPDX-License-Identifier: Apache-2.0
"""Hosts and ports as browsers read them; the expected values are those of the WHATWG URL standard's own tests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.message.authority import read_authority, read_host


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"shop.example", ("shop.example", None)),
        (b"SHOP.Example:8443", ("shop.example", 8443)),
        (b"shop.example:", ("shop.example", None)),
        (b"shop.example:00080", ("shop.example", 80)),
        (b"shop.example:0", ("shop.example", 0)),
        (b"shop.example:65535", ("shop.example", 65535)),
        (b"user:pass@shop.example", ("shop.example", None)),
        (b"a@b@shop.example:1", ("shop.example", 1)),
        (b"[::1]:8443", ("[::1]", 8443)),
        (b"[2001:DB8:0:0::1]", ("[2001:db8::1]", None)),
        (b"user@[::1]", ("[::1]", None)),
        (b"shop_1.example", ("shop_1.example", None)),
        (b"localhost.", ("localhost.", None)),
    ],
)
def test_host_and_port_are_read(value: bytes, expected: tuple[str, int | None]) -> None:
    """Without user information, in lower case."""
    assert read_authority(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b":80",
        b"user@",
        b"shop.example:65536",
        b"shop.example:" + b"9" * 900,
        b"shop.example:8o",
        b"shop.example:-1",
        b"shop.example:80:80",
        b"shop example",
        b"shop\x00example",
        b"shop.example\n",
        b"[::1",
        b"::1]",
        b"[]",
        b"[[::1]]",
        b"[::1]x",
        b"[::g]",
        b"[fe80::1%25eth0]",
        b"[127.0.0.1]",
        b"shop<example",
        b"shop%",
        b"shop%00example",
        b"%ff",
        b"\xff\xfe",
        b"a" * 254,
        b"a" * 100_000,
        b"[" * 100_000,
        b"@" * 100_000,
        "ä".encode() * 300,
    ],
)
def test_what_no_browser_would_go_to_is_none(value: bytes) -> None:
    """Brackets out of balance, ports out of range, forbidden characters, endless names."""
    assert read_authority(value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"127.0.0.1", "127.0.0.1"),
        (b"127.1", "127.0.0.1"),
        (b"2130706433", "127.0.0.1"),
        (b"0x7f000001", "127.0.0.1"),
        (b"0X7F.0.0x.1", "127.0.0.1"),
        (b"0177.0.0.01", "127.0.0.1"),
        (b"1.2.3.4.", "1.2.3.4"),
        (b"256.1.1.1", None),
        (b"1.2.3.256", None),
        (b"1.2.3.4.5", None),
        (b"4294967296", None),
        (b"1.2.3.08", None),
        (b"shop.1", None),
        (b"1..2", None),
        (b"1.shop", "1.shop"),
        (b"%31%32%37.0.0.1", "127.0.0.1"),
        (b"sh%6Fp.example", "shop.example"),
        (b"shop%2eexample", "shop.example"),
        ("café.example".encode(), "xn--caf-dma.example"),
        ("CAFÉ.example".encode(), "xn--caf-dma.example"),
        ("straße.example".encode(), "xn--strae-oqa.example"),
        ("\uff53hop\u3002example".encode(), "shop.example"),
        ("xn--caf\u00e9.example".encode(), None),
        ("shop\u2100.example".encode(), None),
    ],
)
def test_hosts_have_one_form(value: bytes, expected: str | None) -> None:
    """However an address or a name is dressed up, it compares as what a browser goes to."""
    assert read_host(value) == expected


@given(value=st.binary(max_size=40) | st.text("0x1a[]:@.%é-/", max_size=25).map(str.encode))
def test_any_bytes_are_read_or_refused(value: bytes) -> None:
    """And a host that is read reads as itself."""
    read = read_authority(value)

    if read is not None:
        host, port = read
        written = host.encode() if port is None else f"{host}:{port}".encode()
        assert read_authority(written) == read
        assert host == host.lower()
