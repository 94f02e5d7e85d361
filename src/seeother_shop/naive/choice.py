# SPDX-License-Identifier: Apache-2.0
"""Which mistakes a command line asks for."""

from seeother.errors import SettingsError

from .catalogue import VARIANTS


def parse_naive(text: str) -> frozenset[str]:
    """Read `all` or NAME,NAME; raises SettingsError that says what is known."""
    known = [variant.name for variant in VARIANTS]
    wanted = {name.strip() for name in text.split(",") if name.strip()}
    if wanted == {"all"}:
        return frozenset(known)
    if not wanted or not wanted <= set(known):
        raise SettingsError("naive", text, f"use all, or some of {', '.join(known)}")
    return frozenset(wanted)
