# SPDX-License-Identifier: Apache-2.0
"""The little of the Protocol Buffers encoding that OTLP needs: written by hand, for the message shapes never change.

A field is its number and wire type in one tag, then its value; a message within a message is a length and bytes.
https://protobuf.dev/programming-guides/encoding/
"""

from functools import lru_cache

_VARINT, _BYTES = 0, 2  # wire types
_LOW_BITS = 0x7F
_MORE = 0x80
_INT64 = (1 << 64) - 1


@lru_cache(maxsize=4096)
def varint(value: int) -> bytes:
    """A non-negative integer, seven bits a byte, lowest first."""
    encoded = bytearray()
    while value > _LOW_BITS:
        encoded.append(value & _LOW_BITS | _MORE)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def tag(number: int, wire_type: int) -> bytes:
    """What stands before the value of field `number`."""
    return varint(number << 3 | wire_type)


def message(number: int, content: bytes) -> bytes:
    """Field `number` as a length and bytes: a message, a string or bytes."""
    return tag(number, _BYTES) + varint(len(content)) + content


def text(number: int, value: str) -> bytes:
    """Field `number` as a string; what is no Unicode becomes a question mark, for a string must be valid UTF-8."""
    return message(number, value.encode(errors="replace"))


def integer(number: int, value: int) -> bytes:
    """Field `number` as a varint: an enum, a bool or an int64 (negative ones in two's complement)."""
    return tag(number, _VARINT) + varint(value & _INT64)


def attribute(key: str, value: str | int | bool) -> bytes:  # noqa: FBT001 - the attribute's value, not a switch
    """An OTLP `KeyValue` (fields key = 1, value = 2) with its `AnyValue` (string = 1, bool = 2, int = 3)."""
    if isinstance(value, str):
        any_value = text(1, value)
    elif isinstance(value, bool):
        any_value = integer(2, value)
    else:
        any_value = integer(3, value)
    return text(1, key) + message(2, any_value)


def rejected(answer: bytes) -> int:
    """How many items an `Export…ServiceResponse` refuses (partial_success = 1, rejected = 1); 0 for what is none.

    It reads only the form that encoders write, fields in order; `error_message` behind the number is left alone.
    """
    if answer[:1] != tag(1, _BYTES):
        return 0
    length, start = _read_varint(answer, 1)
    if length == 0 or answer[start : start + 1] != tag(1, _VARINT):
        return 0
    return _read_varint(answer, start + 1)[0]


def _read_varint(encoded: bytes, start: int) -> tuple[int, int]:
    """The integer at `start` and where what follows it begins; what breaks off counts as ended."""
    value = shift = 0
    for index in range(start, min(start + 10, len(encoded))):
        value |= (encoded[index] & _LOW_BITS) << shift
        shift += 7
        if encoded[index] <= _LOW_BITS:
            return value, index + 1
    return value, len(encoded)
