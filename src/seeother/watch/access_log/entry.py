# SPDX-License-Identifier: Apache-2.0
"""One line of nginx's access log, in the format that watch reads.

nginx says with `$upstream_header_time` whether a server behind has given an answer's head: where the last one has
given none, the answer is nginx's own (ngx_http_upstream_module). `$request_uri` is what the client has asked for,
before any rewriting.
"""

import json
import re
from typing import NamedTuple, cast

LOG_FORMAT = r"""
map $http_cookie $seeother_journey {
  default "";
  "~(?:^|;\s*)(?:__Host-)?journey=(?<seeother_cookie>[^;\s]+)" $seeother_cookie;
}
log_format seeother escape=json
  '{"time":"$msec","seconds":"$request_time","method":"$request_method","target":"$request_uri",'
  '"status":"$status","head":"$upstream_header_time","request":"$request_id",'
  '"journey":"$seeother_journey","claimed":"$http_x_journey_id"}';
"""

_FIRST_ERROR = 400
_CLIENT_LEFT = 499  # nginx's own status: the application may go on and answer all the same
_TEXTS = ("time", "seconds", "method", "target", "status", "head", "request")
_HEADS = re.compile(r"[,:]")  # between servers that were tried, and between groups of them
_METHOD = re.compile(r"[A-Z][A-Z0-9-]{0,31}")
_NUMBER = re.compile(r"\d{1,10}(?:\.\d{1,9})?", re.ASCII)
_STATUS = re.compile(r"\d{3}", re.ASCII)
_CLAIMED = 128  # characters
_NANOSECONDS = 1_000_000_000


class Entry(NamedTuple):
    """An error that nginx has answered by itself; `cookie` is the journey's, signed, `claimed` is proven by nothing."""

    start_ns: int
    duration_ns: int
    method: str
    path: str
    status: int
    request: str
    cookie: str
    claimed: str


def read_entry(line: bytes) -> Entry | None:
    """The entry in a line; None for what a server behind has answered, and for lines of other formats."""
    given = _read(line)
    texts = [given.get(name) for name in _TEXTS]
    if not all(isinstance(text, str) for text in texts):
        return None
    time, seconds, method, target, status, head, request = cast("list[str]", texts)
    if not (_NUMBER.fullmatch(time) and _NUMBER.fullmatch(seconds) and _STATUS.fullmatch(status)):
        return None
    if int(status) < _FIRST_ERROR or int(status) == _CLIENT_LEFT or _HEADS.split(head)[-1].strip() not in {"", "-"}:
        return None
    if not _METHOD.fullmatch(method) or not target.startswith("/"):
        return None
    ended, lasted = _nanoseconds(time), _nanoseconds(seconds)
    lasted = min(lasted, ended)
    path = target.partition("?")[0]
    return Entry(
        ended - lasted, lasted, method, path, int(status), request, _text(given, "journey"), _text(given, "claimed")
    )


def _read(line: bytes) -> dict[str, object]:
    """The JSON object in a line; empty where there is none."""
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, object]", said) if isinstance(said, dict) else {}


def _nanoseconds(seconds: str) -> int:
    whole, _, part = seconds.partition(".")
    return int(whole) * _NANOSECONDS + int(part.ljust(9, "0"))


def _text(given: dict[str, object], name: str) -> str:
    """What a client has said, if it is text: half a surrogate pair, which JSON lets pass, could not be sent on."""
    value = given.get(name, "")
    return value[:_CLAIMED].encode(errors="ignore").decode() if isinstance(value, str) else ""
