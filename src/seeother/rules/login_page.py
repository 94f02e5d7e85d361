# SPDX-License-Identifier: Apache-2.0
"""Knows the page where people sign in by the words that its path has on almost every site."""

_WORDS = frozenset({"login", "log-in", "log_in", "logon", "signin", "sign-in", "sign_in", "sso", "authorize"})


def is_login(path: str) -> bool:
    """Whether a path is most likely that of a page for signing in: `/accounts/login/`, `/Login.aspx`."""
    return any(segment.partition(".")[0] in _WORDS for segment in path.lower().split("/"))
