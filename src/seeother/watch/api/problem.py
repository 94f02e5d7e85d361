# SPDX-License-Identifier: Apache-2.0
"""Errors as problem details (RFC 9457)."""

from http import HTTPStatus
from logging import getLogger

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from seeother.errors import StoreError

MEDIA_TYPE = "application/problem+json"
_RETRY_AFTER = "1"  # seconds

_log = getLogger(__name__)


class Problem(BaseModel):
    """What went wrong, as RFC 9457 writes it."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = None


PROBLEM_RESPONSES: dict[int | str, dict[str, object]] = {
    status: {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}},
    }
    for status in (401, 404, 421, 422, 503)
}


def problem(status: int, detail: str | None = None, **fields: str) -> Response:
    """An answer that says what went wrong."""
    content = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail).model_dump(exclude_none=True)
    return JSONResponse(content, status, {name.replace("_", "-"): value for name, value in fields.items()}, MEDIA_TYPE)


def add_problems(api: FastAPI) -> None:
    """Answer every error of `api` this way."""

    @api.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> Response:
        answer = problem(error.status_code, error.detail)
        answer.headers.update(error.headers or {})
        return answer

    @api.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        return problem(422, "; ".join([f"{each['loc'][-1]}: {each['msg']}" for each in error.errors()]))

    @api.exception_handler(StoreError)
    async def unanswered(_: Request, error: StoreError) -> Response:
        _log.error("%s", error)
        return problem(503, "the store did not answer", retry_after=_RETRY_AFTER)

    @api.exception_handler(Exception)
    async def failed(_: Request, _error: Exception) -> Response:
        return problem(500)
