# SPDX-License-Identifier: Apache-2.0
"""Whose fault it is that a body brought nothing: the sender's, who must not try again, or ours, who may be asked again.

The only place where Python looks into a body, and only into one that the engine has already made nothing of.
"""

import json

from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from .arrivals import Body, Encoding, Signal

# ClickHouse: CANNOT_PARSE_..., ATTEMPT_TO_READ_AFTER_EOF, CANNOT_READ_ALL_DATA, INCORRECT_DATA, PROTOBUF_BAD_CAST,
# UNKNOWN_PROTOBUF_FORMAT. Other numbers (memory, disk) may have any cause, so the content decides.
FORMAT_FAULTS = frozenset({6, 32, 33, 117, 436, 444})
# The store takes nothing, whatever it is: NOT_ENOUGH_SPACE, CANNOT_WRITE_TO_FILE_DESCRIPTOR and their like,
# TOO_MANY_PARTS, TABLE_IS_READ_ONLY, a Keeper that is away, UNKNOWN_STATUS_OF_INSERT. Not so MEMORY_LIMIT_EXCEEDED,
# where a smaller batch may fit, and STD_EXCEPTION, which a body may cause.
MEMORY_LIMIT, NETWORK_ERROR = 241, 210
AWAY = frozenset({74, 75, 76, 77, 88, 225, 242, 243, 252, 319, 999, NETWORK_ERROR})
# A request without a single record is small; parsing more than this would hold up the whole process.
_JSON_LIMIT = 1 << 20  # bytes

_Request = ExportTraceServiceRequest | ExportLogsServiceRequest


def fault_of(body: Body, code: int = 0) -> str | None:
    """What is wrong with a body that the engine refused with `code`, or (0) took and found empty; None: nothing is."""
    request = ExportTraceServiceRequest() if body.signal is Signal.TRACES else ExportLogsServiceRequest()
    reason = f"the content is no {type(request).__name__} in {body.encoding.name.lower()}"
    if body.encoding is Encoding.PROTOBUF:
        return reason if code in FORMAT_FAULTS or not _is_protobuf(body.content, request) else None
    if code != 0:
        return None  # text goes in whatever it is, so the engine's trouble is its own
    if len(body.content) > _JSON_LIMIT:
        return reason
    try:
        document = json.loads(body.content)
        if not isinstance(document, dict):
            return reason
        ParseDict(document, request, ignore_unknown_fields=True)
    except (ValueError, ParseError, RecursionError) as error:
        return f"{reason}: {error}"
    return None


def _is_protobuf(content: bytes, request: _Request) -> bool:
    try:
        request.ParseFromString(content)
    except DecodeError:
        return False
    return True
