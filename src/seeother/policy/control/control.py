# SPDX-License-Identifier: Apache-2.0
"""What an application may decide about its answer without input and output; adapters add what they can send."""

from .cookie import SameSite
from .staging import Staging


class AnswerControl:
    """One answer in the making. What is staged goes out with its head, be that a redirect or an error.

    Once the head has left, staging raises AlreadyStarted, which says what was sent.
    """

    __slots__ = ("_staging",)

    def __init__(self, staging: Staging) -> None:
        """Stage for this answer."""
        self._staging = staging

    @property
    def started(self) -> bool:
        """Whether the head has left."""
        return self._staging.started

    def field(self, name: str, value: str) -> None:
        """Stage a field; it replaces the answer's own, but Set-Cookie, Link, Vary and other lists add up."""
        self._staging.stage(name, value)

    def cookie(
        self,
        name: str,
        value: str,
        *,
        path: str = "/",
        domain: str | None = None,
        max_age: int | None = None,
        same_site: SameSite = SameSite.LAX,
        secure: bool | None = None,
        http_only: bool = True,
    ) -> None:
        """Stage a cookie; `secure` follows the site, `max_age` is in seconds. Refused when a browser would drop it."""
        self._staging.stage_cookie(
            name,
            value,
            path=path,
            domain=domain,
            max_age=max_age,
            same_site=same_site,
            secure=secure,
            http_only=http_only,
        )
