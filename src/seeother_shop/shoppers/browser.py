# SPDX-License-Identifier: Apache-2.0
"""One person's browser without a window: cookies, redirects, history and the fields that a real one sends.

It draws nothing and loads no images, styles or scripts. The connections are shared by the crowd, the cookies are not.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urljoin, urlsplit

from httpx2 import AsyncClient, Cookies, Limits, Request, Response, TransportError

from .form import Form
from .page import UNREACHED, Page
from .site import nobodys_jar, origin_of, own_jar, relation

__all__ = ["Browser", "Navigation", "connections"]

HOPS = 20  # redirects in a row before Chromium gives up with ERR_TOO_MANY_REDIRECTS
PATIENCE_SECONDS = 30.0  # what a browser waits for an answer is far more; nobody in this crowd does
ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
FORM = "application/x-www-form-urlencoded"


def connections() -> AsyncClient:
    """The connections that a crowd shares.

    Idle ones are dropped before a server drops them (uvicorn: after 5 s), so that no request is sent into a closed one.
    """
    limits = Limits(max_connections=None, max_keepalive_connections=64, keepalive_expiry=2)
    return AsyncClient(cookies=nobodys_jar(), timeout=PATIENCE_SECONDS, limits=limits, trust_env=False)


@dataclass(frozen=True, slots=True)
class Navigation:
    """What a tab asks for: enough to ask again, which is what a reload does."""

    url: str
    method: str = "GET"
    content: bytes = b""
    source: str | None = None
    crossed: bool = False

    def fields(self) -> dict[str, str]:
        """The fields that depend on where the navigation comes from (Fetch, Fetch Metadata, RFC 6454)."""
        site = "cross-site" if self.crossed else relation(self.source, self.url)
        fields = {"sec-fetch-site": site, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
        if self.source is not None:  # strict-origin-when-cross-origin, the browsers' default
            fields["referer"] = self.source if site == "same-origin" else origin_of(self.source) + "/"
        if self.method != "GET":
            fields |= {"content-type": FORM, "origin": origin_of(self.source or self.url)}
        return fields

    def redirected(self, status: int, location: str) -> "Navigation":
        """The next hop: 303 and, by old habit, 301 and 302 turn a POST into a GET; 307 and 308 do not (Fetch 4.4)."""
        url = urljoin(self.url, location)
        # Once a chain has been cross-site it stays so, whatever comes after (Fetch Metadata 2.3).
        crossed = self.crossed or relation(self.source, self.url) == "cross-site"
        if status in {307, 308} or self.method == "GET":
            return replace(self, url=url, crossed=crossed)
        return replace(self, url=url, crossed=crossed, method="GET", content=b"")


class Browser:
    """A tab with a history; every method that navigates returns the page that it ends on."""

    def __init__(self, client: AsyncClient, user_agent: str, *, on_answer: Callable[[str, str, int], None]) -> None:
        """Browse over shared connections; `on_answer` hears method, path and status of each answer."""
        self.client = client
        self.cookies = Cookies(own_jar())
        self.history: list[tuple[Navigation, Page]] = []
        self._on_answer = on_answer
        self._standing = {
            "user-agent": user_agent,
            "accept": ACCEPT,
            "accept-language": "en-GB,en;q=0.9",
            "upgrade-insecure-requests": "1",
            "sec-fetch-user": "?1",
        }

    @property
    def page(self) -> Page:
        """The page in view."""
        return self.history[-1][1]

    async def visit(self, url: str) -> Page:
        """Type an address."""
        return await self._navigate(Navigation(url))

    async def follow(self, link: str) -> Page:
        """Click a link on the page in view."""
        return await self._navigate(Navigation(link, source=self.page.url))

    async def submit(self, form: Form, answers: Mapping[str, str], button: str | None = None) -> Page:
        """Fill in a form of the page in view and send it."""
        return await self._navigate(self._sending(form, answers, button))

    async def submit_twice(self, form: Form, answers: Mapping[str, str], gap_seconds: float) -> Page:
        """Press the button again while the first press is being answered.

        As a browser does, the second press drops the first one's navigation: if its answer has not come by then, the
        connection is cut and its cookies are never seen.
        """
        sending = self._sending(form, answers, None)
        first = asyncio.create_task(self._load(sending))
        try:
            await asyncio.sleep(gap_seconds)
        finally:
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
        return await self._navigate(sending)

    async def reload(self) -> Page:
        """Load the page in view again: with the same method and content, if it was the answer to a form."""
        navigation, _ = self.history.pop()
        return await self._navigate(navigation)

    def back(self) -> Page:
        """Go back to the page before; it comes out of the browser's memory, no request is sent."""
        if len(self.history) > 1:
            self.history.pop()
        return self.page

    def _sending(self, form: Form, answers: Mapping[str, str], button: str | None) -> Navigation:
        content = form.filled(answers, button)
        if form.method == "post":
            return Navigation(form.target, "POST", content, source=self.page.url)
        return Navigation(f"{form.target.partition('?')[0]}?{content.decode()}", source=self.page.url)

    async def _navigate(self, navigation: Navigation) -> Page:
        navigation, page = await self._load(navigation)
        self.history.append((navigation, page))
        return page

    async def _load(self, navigation: Navigation) -> tuple[Navigation, Page]:
        for _ in range(HOPS):
            answer = await self._ask(navigation)
            if answer is None:
                return navigation, Page(navigation.url, UNREACHED)
            location = answer.headers.get("location")
            if not (answer.has_redirect_location and location):
                refresh = answer.headers.get("refresh")
                page = Page.from_answer(navigation.url, answer.status_code, markup=answer.text, refresh=refresh)
                return navigation, page
            navigation = navigation.redirected(answer.status_code, location)
        return navigation, Page(navigation.url, UNREACHED, "too many redirects")

    async def _ask(self, navigation: Navigation) -> Response | None:
        fields = self._standing | navigation.fields()
        content = navigation.content if navigation.method == "POST" else None
        request: Request = self.client.build_request(navigation.method, navigation.url, headers=fields, content=content)
        self.cookies.set_cookie_header(request)
        path = urlsplit(navigation.url).path
        try:
            answer = await self.client.send(request)
        except TransportError:
            self._on_answer(navigation.method, path, UNREACHED)
            return None
        self.cookies.extract_cookies(answer)
        self._on_answer(navigation.method, path, answer.status_code)
        return answer
