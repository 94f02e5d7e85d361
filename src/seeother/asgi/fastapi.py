# SPDX-License-Identifier: Apache-2.0
"""The status contract for FastAPI: requests that do not fit are answered with the status that their fields declare.

    app = FastAPI()
    install_contract(app)

FastAPI answers 422 to everything, content that is no JSON included. Here such content is 400, a field that says
`FailsWith(409)` is 409, and what says nothing stays 422. The answer is problem details (RFC 9457) with one entry a
field, for a person the page; neither repeats what was sent, as FastAPI does.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.exception_handlers import request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response

from seeother.errors import CallerError
from seeother.gate import PASSING, Shared
from seeother.message import Request as Asked
from seeother.policy import BUILT_IN_PAGE, from_fastapi, not_accepted
from seeother.policy.pydantic import status_of

from .starlette import response_of

_PARAMETERS = ("path", "query", "header", "cookie")
_UNREADABLE = "json_invalid"


def install_contract(app: FastAPI) -> None:
    """Answer what does not fit with the status of the failing field; raises CallerError if the app does so itself."""
    own = app.exception_handlers.get(RequestValidationError)
    if own not in {None, request_validation_exception_handler, refused}:
        message = f"the application answers RequestValidationError itself, by {own!r}; let that return `refused(...)`"
        raise CallerError(message)
    app.add_exception_handler(RequestValidationError, refused)


async def refused(request: Request, error: Exception) -> Response:
    """The answer to a request that does not fit."""
    if not isinstance(error, RequestValidationError):
        raise error
    asked = Asked(request.method, request.url.path, fields=tuple(request.headers.raw))
    told = from_fastapi(error.errors()) or ()
    shared = getattr(PASSING.get(), "shared", None)
    pages, way_on = (shared.pages, shared.way_on) if isinstance(shared, Shared) else (BUILT_IN_PAGE, "/")
    return response_of(not_accepted(asked, _status(request, error), told, pages=pages, way_on=way_on))


def _status(request: Request, error: RequestValidationError) -> int:
    errors: Sequence[Mapping[str, Any]] = error.errors()
    if _is_unreadable(error.body, errors):
        return status_of(None, [{"type": _UNREADABLE, "loc": ()}])
    return status_of(_model(request.scope.get("route")), errors)


def _is_unreadable(content: object, errors: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the content is no JSON: FastAPI then keeps its text, and tells the position in it."""
    if len(errors) != 1 or errors[0].get("type") != _UNREADABLE or not isinstance(content, str):
        return False
    loc = errors[0].get("loc", ())
    return len(loc) == len(("body", 0)) and loc[0] == "body" and isinstance(loc[1], int)


def _model(route: object) -> dict[str, object]:
    """What a route takes, by the part of the request that an error's `loc` begins with."""
    body = getattr(route, "body_field", None)
    model: dict[str, object] = {} if body is None else {"body": body.field_info}
    dependant = getattr(route, "dependant", None)
    if dependant is not None:
        for part in _PARAMETERS:
            fields = _fields(dependant, f"{part}_params")
            # A parameter that is itself a model is left out of the loc.
            model[part] = ({field.alias: field.field_info for field in fields}, *[field.field_info for field in fields])
    return model


def _fields(dependant: Dependant, part: str) -> list[Any]:
    return [*getattr(dependant, part), *[field for each in dependant.dependencies for field in _fields(each, part)]]
