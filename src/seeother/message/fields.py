# SPDX-License-Identifier: Apache-2.0
"""Field lines (RFC 9110 section 5): ordered pairs of lower-case name and value, kept as bytes."""

from collections.abc import Iterable

Field = tuple[bytes, bytes]
Fields = tuple[Field, ...]


def first(fields: Iterable[Field], name: bytes) -> bytes | None:
    """The value of the first field line called `name`, or None."""
    for key, value in fields:
        if key == name:
            return value
    return None


def every(fields: Iterable[Field], name: bytes) -> list[bytes]:
    """The values of all field lines called `name`, in order."""
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
    for key, value in fields:
        if key == b"cookie" and name in value:
            for pair in value.split(b";"):
                label, equals, content = pair.partition(b"=")
                if equals and label.strip() == name:
                    return content.strip()
    return None


def media_type(fields: Iterable[Field]) -> bytes:
    """The media type of the content, lower case and without parameters; empty when none is declared."""
    value = first(fields, b"content-type")
    return b"" if value is None else value.partition(b";")[0].strip().lower()
