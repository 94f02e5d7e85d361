# SPDX-License-Identifier: Apache-2.0
"""Field lines (RFC 9110 section 5): ordered pairs of lower-case name and value, kept as bytes."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Self

Field = tuple[bytes, bytes]
Fields = tuple[Field, ...]
Lookup = Callable[[bytes], bytes | None]  # gives the first value of a field by its name

_LONGEST_TYPE = 300  # bytes of a Content-Type that can matter: RFC 6838 section 4.2 has 127 for each half


class Lines(Fields):
    """Field lines that will be asked for by name many times; `get` gives the first value of a name, or None."""

    get: Lookup
    repeats = False  # whether a name stands twice

    def __new__(cls, fields: Iterable[Field]) -> Self:
        """Index the lines once."""
        lines = tuple.__new__(cls, fields)
        index = dict(lines)
        if len(index) != len(lines):
            lines.repeats = True
            index = dict(reversed(lines))
        lines.get = index.get  # the dictionary's own: a method here would be one more call, ten times a request
        return lines


def lookup(fields: Iterable[Field]) -> Lookup:
    """Gives the first value of a field by its name, and all of Cookie."""
    lines = fields if isinstance(fields, Lines) else Lines(fields)
    pieces = every(lines, b"cookie") if lines.repeats else ()
    if len(pieces) <= 1:
        return lines.get
    # HTTP/2 may send it in pieces, and they are one field (RFC 9113 section 8.2.3).
    return {**dict(reversed(lines)), b"cookie": b"; ".join(pieces)}.get


def first(fields: Iterable[Field], name: bytes) -> bytes | None:
    """The value of the first field line called `name`, or None."""
    if type(fields) is Lines:
        return fields.get(name)
    for key, value in fields:
        if key == name:
            return value
    return None


def every(fields: Iterable[Field], name: bytes) -> list[bytes]:
    """The values of all field lines called `name`, in order."""
    if type(fields) is Lines and not fields.repeats:
        value = fields.get(name)
        return [] if value is None else [value]
    return [value for key, value in fields if key == name]


def without(fields: Iterable[Field], name: bytes) -> Fields:
    """All field lines but those called `name`."""
    return tuple([field for field in fields if field[0] != name])


def replaced(fields: Iterable[Field], name: bytes, value: bytes) -> Fields:
    """The field lines with exactly one called `name`, at the place of the first or at the end."""
    kept: list[Field] = []
    placed = False
    for field in fields:
        if field[0] != name:
            kept.append(field)
        elif not placed:
            kept.append((name, value))
            placed = True
    if not placed:
        kept.append((name, value))
    return tuple(kept)


def cookie(fields: Iterable[Field], name: bytes) -> bytes | None:
    """The value of the first cookie called `name` (RFC 6265 section 5.4 sends pairs parted by `; `)."""
    for line in every(fields, b"cookie"):
        value = cookie_in(line, name)
        if value is not None:
            return value
    return None


def cookie_in(line: bytes, name: bytes) -> bytes | None:
    """As `cookie`, in one line."""
    if name in line:
        for pair in line.split(b";"):
            if name in pair:
                label, equals, content = pair.partition(b"=")
                if equals and label.strip() == name:
                    return content.strip()
    return None


def media_type(fields: Iterable[Field]) -> bytes:
    """The media type of the content, lower case and without parameters; empty when none is declared."""
    value = first(fields, b"content-type")
    return b"" if value is None else essence(value)


def essence(content_type: bytes) -> bytes:
    """The media type in the value of a Content-Type, lower case and without parameters."""
    return _essence(content_type if len(content_type) <= _LONGEST_TYPE else content_type[:_LONGEST_TYPE])


@lru_cache(maxsize=256)  # a site has a handful of them, and each answer is asked several times
def _essence(content_type: bytes) -> bytes:
    return content_type.partition(b";")[0].strip().lower()
