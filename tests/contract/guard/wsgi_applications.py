# SPDX-License-Identifier: Apache-2.0
"""One application for each WSGI framework, all doing what a script says."""

from collections.abc import Iterable, Iterator
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication

import flask
from werkzeug.middleware.proxy_fix import ProxyFix

from seeother.message import Status
from seeother.wsgi import response_control
from tests.contract.guard.exchange import BrokenError, Reply, Script, Seen

METHODS = ["GET", "POST", "PUT"]


def bare(script: Script) -> WSGIApplication:
    """No framework; the only one that can send a second head."""

    def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        content = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        reply = script.act(_seen(environ, content))
        if reply.aborts:
            reply = Reply(reply.aborts, (), (b"",))
        stage(reply)
        if reply.breaks and not reply.pieces:
            raise BrokenError
        headers = [(name.decode(), value.decode("latin-1")) for name, value in reply.fields]
        status = f"{reply.status} {Status(reply.status).phrase}"
        if reply.streams or reply.second is not None:
            return _answered(reply, start_response)
        start_response(status, [*headers, ("Content-Length", str(sum(map(len, reply.pieces))))])
        return list(reply.pieces)

    return app


def _answered(reply: Reply | None, start_response: StartResponse) -> Iterator[bytes]:
    while reply is not None:
        headers = [(name.decode(), value.decode("latin-1")) for name, value in reply.fields]
        start_response(f"{reply.status} {Status(reply.status).phrase}", headers)
        yield from pieces(reply)
        reply = reply.second


def flask_(script: Script) -> flask.Flask:
    """Flask."""
    app = flask.Flask("contract")

    def answer(path: str = "") -> flask.Response:  # noqa: ARG001 - Flask passes it
        reply = script.act(_seen(flask.request.environ, flask.request.get_data()))
        if reply.aborts:
            flask.abort(reply.aborts)
        stage(reply)
        if reply.breaks and not reply.pieces:
            raise BrokenError
        content = pieces(reply) if reply.streams else b"".join(reply.pieces)
        headers = [(name.decode(), value.decode("latin-1")) for name, value in reply.fields]
        return flask.Response(content, reply.status, headers)

    app.add_url_rule("/", "root", answer, methods=METHODS)
    app.add_url_rule("/<path:path>", "any", answer, methods=METHODS)
    return app


def flask_behind(script: Script) -> WSGIApplication:
    """Flask behind a proxy that it believes."""
    app = flask_(script)
    return ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)


def pieces(reply: Reply) -> Iterator[bytes]:
    """The content as it comes."""
    yield from reply.pieces
    if reply.breaks:
        raise BrokenError


def stage(reply: Reply) -> None:
    """Stage what the reply wants staged."""
    if reply.cookie:
        response_control().cookie("basket", reply.cookie.decode())


def _seen(environ: dict[str, Any], content: bytes) -> Seen:
    return Seen(
        environ["wsgi.url_scheme"],
        environ.get("HTTP_HOST", ""),
        environ.get("REMOTE_ADDR", ""),
        environ.get("HTTP_X_FORWARDED_FOR"),
        content,
    )
