# SPDX-License-Identifier: Apache-2.0
"""Request bodies on their way into the arrival tables, still in the bytes they came in.

Protobuf bodies go in with their length in front, each preceded by its number as one more field of the message: protobuf
messages joined are one message, and a field in front is out of reach of a body that is cut off. JSON bodies go
in as text beside their number. Either way no body can swallow its neighbour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from struct import Struct

from .port import Engine

_SCHEMA = Path(__file__).with_name("otlp.proto")  # the engine wants it absolute, and without a cache folder beside us
# Compiling a dozen small views costs more than it saves: 64 ms of processor an insert without these, 46 with them.
PLAIN = "max_threads = 1, compile_expressions = 0, compile_aggregate_expressions = 0"
# Views on arrivals only take apart what comes: looking for a better plan costs 5 to 10 % of an insert and finds none.
_AS_WRITTEN = f"{PLAIN}, query_plan_enable_optimizations = 0"
_NUMBER = Struct("<Q")
_NUMBER_TAG = b"\xf9\xff\xff\xff\x0f"  # field 536870911 (`body` in otlp.proto), wire type 1 (fixed64)


class Signal(StrEnum):
    """What a request body carries."""

    TRACES = "traces"
    LOGS = "logs"


class Encoding(StrEnum):
    """How OTLP/HTTP encodes it; the value is the media type."""

    PROTOBUF = "application/x-protobuf"
    JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Body:
    """One decompressed request body and the number that `rejections` knows it by."""

    number: int
    signal: Signal
    encoding: Encoding
    content: bytes


def insert(engine: Engine, bodies: Sequence[Body]) -> None:
    """Insert bodies of one signal and one encoding; raises EngineError when a body cannot be read.

    The same bodies inserted again, after a crash between two views, only bring what was missing.
    """
    signal, encoding = bodies[0].signal, bodies[0].encoding
    # Without a token the engine would compare content, and drop a block that is rightly equal to an earlier one.
    settings = (
        f"SETTINGS insert_deduplication_token = '{signal}-{bodies[0].number}-{bodies[-1].number}', "
        f"deduplicate_blocks_in_dependent_materialized_views = 1, {_AS_WRITTEN}"
    )
    if encoding is Encoding.JSON:
        statement = f"INSERT INTO {signal}_json {settings}"
        engine.insert(statement, "RowBinary", [part for body in bodies for part in _as_text(body)])
    else:
        schema = str(_SCHEMA).replace("\\", "\\\\").replace("'", "\\'")
        statement = f"INSERT INTO {signal}_protobuf {settings}, format_schema = '{schema}:{signal.capitalize()}'"
        engine.insert(statement, "Protobuf", [part for body in bodies for part in _as_message(body)])


def _as_message(body: Body) -> tuple[bytes, bytes]:
    number = _NUMBER_TAG + _NUMBER.pack(body.number)
    return _varint(len(number) + len(body.content)) + number, body.content


def _as_text(body: Body) -> tuple[bytes, bytes]:
    return _NUMBER.pack(body.number) + _varint(len(body.content)), body.content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits a byte
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
