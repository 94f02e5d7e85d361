# SPDX-License-Identifier: Apache-2.0
"""ClickHouse's Native format as clients of today read it; the embedded engine writes it as of 2010, without a revision.

Only what the exporter's driver asks for: texts and whole numbers.
"""

import json
from struct import Struct

REVISION = 54454  # since when each column says whether its values are written in a way of their own
SOURCE_FORMAT = "JSONCompactStringsEachRowWithNamesAndTypes"
_INFO = bytes([1, 0, 2, 255, 255, 255, 255, 0])  # no overflow, no bucket
_NUMBERS = {"UInt8": Struct("<B"), "UInt16": Struct("<H"), "UInt32": Struct("<I"), "UInt64": Struct("<Q")}


def native_block(lines: bytes) -> bytes:
    """One block of the rows that stand in the source format; nothing where there is no result."""
    if not lines:
        return b""
    names, types, *rows = [json.loads(line) for line in lines.splitlines()]
    parts = [_INFO, _varint(len(names)), _varint(len(rows))]
    for name, kind, values in zip(names, types, zip(*rows, strict=True) if rows else [()] * len(names), strict=True):
        number = _NUMBERS.get(kind)
        parts += [_text(name), _text(kind if number else "String"), b"\0"]
        parts += [_text(value) if number is None else number.pack(int(value)) for value in values]
    return b"".join(parts)


def _text(value: str) -> bytes:
    content = value.encode()
    return _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
