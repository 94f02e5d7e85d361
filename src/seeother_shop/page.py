# SPDX-License-Identifier: Apache-2.0
"""HTML pages and the files they need, with the fields that keep both safe and cacheable as they ought to be."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

_STATIC_POLICY = "public, max-age=31536000, immutable"  # the digest is in the name, so a name never changes meaning
_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
_DIGEST = 12  # hex digits of the content's digest in a file's name


class Assets:
    """The files of one folder under /static/, each with its content's digest in its name."""

    def __init__(self, folder: Path) -> None:
        """Read the folder once."""
        self._targets: dict[str, str] = {}
        self._files: dict[str, tuple[bytes, str]] = {}
        for path in sorted(folder.iterdir()):
            content = path.read_bytes()
            name = f"{path.stem}.{sha256(content).hexdigest()[:_DIGEST]}{path.suffix}"
            self._targets[path.name] = f"/static/{name}"
            self._files[name] = (content, _TYPES[path.suffix])

    def target(self, name: str) -> str:
        """Where a page finds the file."""
        return self._targets[name]

    def answer(self, name: str) -> Response | None:
        """The file with this name and digest, or None."""
        found = self._files.get(name)
        if found is None:
            return None
        fields = {"Cache-Control": _STATIC_POLICY, "X-Content-Type-Options": "nosniff"}
        return Response(found[0], headers=fields, media_type=found[1])


class Pages:
    """Renders the templates of one site."""

    def __init__(
        self, folder: Path, assets: Assets, filters: Mapping[str, Callable[..., str]], *, referrer: str
    ) -> None:
        """Take the templates from `folder`; an unknown name in one is an error, not an empty place.

        `referrer` is the Referrer-Policy of every page.
        """
        self._environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(filters)
        self._assets = assets
        self._referrer = referrer

    def answer(
        self,
        template: str,
        context: Mapping[str, object],
        *,
        policy: str,
        status: int = 200,
        fields: Mapping[str, str] | None = None,
    ) -> HTMLResponse:
        """A page under the content security policy `policy`, stored nowhere unless `fields` say more."""
        content = self._environment.get_template(template).render({**context, "asset": self._assets.target})
        head = {
            "Cache-Control": "no-store",
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": self._referrer,
            **(fields or {}),
        }
        return HTMLResponse(content, status, head)
