# SPDX-License-Identifier: Apache-2.0
"""Errors for programs, as RFC 9457 writes them."""

from collections.abc import Mapping

from fastapi.responses import JSONResponse


def problem(
    status: int,
    title: str,
    detail: str,
    *,
    fields: Mapping[str, str] | None = None,
    members: Mapping[str, str] | None = None,
) -> JSONResponse:
    """An application/problem+json answer; `fields` are extra response fields, `members` extra members."""
    document = {"type": "about:blank", "title": title, "status": status, "detail": detail, **(members or {})}
    head = {"Cache-Control": "no-store", **(fields or {})}
    return JSONResponse(document, status, head, media_type="application/problem+json")
