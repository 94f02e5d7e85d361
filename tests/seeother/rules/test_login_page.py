# SPDX-License-Identifier: Apache-2.0
"""Knowing a login page by its path."""

import pytest

from seeother.rules.login_page import is_login


@pytest.mark.parametrize("path", ["/login", "/accounts/login/", "/Login.aspx", "/users/sign_in", "/oauth/authorize"])
def test_a_login_page_is_known(path: str) -> None:
    """The words that frameworks and shops use, in any place and case."""
    assert is_login(path)


@pytest.mark.parametrize("path", ["", "/", "/orders/7", "/catalogins", "/blog/login-problems-solved", "/logout"])
def test_other_pages_are_not(path: str) -> None:
    """A word inside a word is none."""
    assert not is_login(path)
