# SPDX-License-Identifier: Apache-2.0
"""Where a request comes from, as a browser judges it: origin, site, and which cookies may travel.

The shop lives on 127.0.0.1 and the provider on localhost because ports do not make a site: two ports of one host are
same-site, two hosts are not (HTML 7.1.1, RFC 6265bis 5.2).
"""

from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from urllib.parse import urlsplit
from urllib.request import Request

__all__ = ["SameSite", "nobodys_jar", "origin_of", "own_jar", "relation"]

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL, as an Origin field says it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def relation(source: str | None, target: str) -> str:
    """The Sec-Fetch-Site of a navigation from one page to a target; without a source a person typed it."""
    if source is None:
        return "none"
    if origin_of(source) == origin_of(target):
        return "same-origin"
    here, there = urlsplit(source), urlsplit(target)
    return "same-site" if (here.scheme, here.hostname) == (there.scheme, there.hostname) else "cross-site"


class SameSite(DefaultCookiePolicy):
    """Adds to the standard library's cookie rules what a cookie's SameSite attribute says.

    A cookie without the attribute counts as Lax, as in Chromium (whose two minutes of grace for POST are left out).
    """

    def return_ok(self, cookie: Cookie, request: Request) -> bool:
        """Whether the cookie travels with this request, whose Sec-Fetch-Site says where it came from."""
        if not super().return_ok(cookie, request):
            return False
        if request.get_header("Sec-fetch-site") != "cross-site":  # urllib writes field names in this case
            return True
        said = cookie.get_nonstandard_attr("SameSite") or cookie.get_nonstandard_attr("samesite") or "Lax"
        return said.lower() == "none" or (said.lower() == "lax" and request.get_method() in SAFE)


def own_jar() -> CookieJar:
    """The cookies of one person's browser."""
    return CookieJar(policy=SameSite())


def nobodys_jar() -> CookieJar:
    """A jar that keeps nothing, for a connection pool that many people share."""
    return CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
