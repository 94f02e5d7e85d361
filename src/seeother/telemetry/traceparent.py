# SPDX-License-Identifier: Apache-2.0
"""The value of a traceparent field (W3C Trace Context, section 3.2), and the ids in it."""

import random
import re
from binascii import unhexlify

SAMPLED = 0x01  # section 3.2.2.5.1
KNOWN_FLAGS = 0x03  # sampled and, of level 2, random-trace-id; other bits must not be passed on
_LATER_VERSION = re.compile(rb"((?!00).{55})-", re.DOTALL)  # may go on behind its flags
_LENGTH = 55  # bytes of version 00, whose fields stand at fixed places
_DASH = ord("-")
_HEX_DIGITS = b"0123456789abcdef"
_NO_TRACE = bytes(16)
_NO_SPAN = bytes(8)
_TRACE_BITS = 128
_SPAN_BITS = 64
# The module's own generator, not a private one: Python reseeds it in the child of a fork. Ids are no secrets.
_bits = random.getrandbits


def read_traceparent(value: bytes) -> tuple[bytes, bytes, int] | None:
    """Trace id, parent id and flags; None when a byte is not as section 3.2 has it."""
    if len(value) != _LENGTH:
        match = _LATER_VERSION.match(value)
        if match is None:
            return None
        value = match[1]
    if value.translate(None, _HEX_DIGITS) != b"---" or not value[2] == value[35] == value[52] == _DASH:
        return None
    if value[:2] == b"ff":
        return None
    raw = unhexlify(value.replace(b"-", b""))
    trace_id, span_id = raw[1:17], raw[17:25]
    if trace_id == _NO_TRACE or span_id == _NO_SPAN:
        return None
    return trace_id, span_id, raw[25] & KNOWN_FLAGS


def mint_trace_id() -> bytes:
    """A new random trace id, never the invalid all-zero one."""
    return (_bits(_TRACE_BITS) or 1).to_bytes(16)


def mint_span_id() -> bytes:
    """A new random span id, never the invalid all-zero one."""
    return (_bits(_SPAN_BITS) or 1).to_bytes(8)
