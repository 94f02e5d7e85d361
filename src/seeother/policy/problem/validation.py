# SPDX-License-Identifier: Apache-2.0
"""What did not fit, field by field: from a framework's list to the `errors` member of problem details.

Rules of this file: one entry a field, and nothing of what was sent comes back. Frameworks put the value, which may
be a password or a card number, beside and sometimes into their messages.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict

LOCATIONS = frozenset({"body", "cookie", "header", "path", "query"})
_ENTRIES = 100  # a longer list helps nobody
_DETAIL = 300  # characters of a message that are told
_READ = 2000  # characters of a message that are looked through
_SENT_PARTS = 1000  # values that are looked for in a message
_SHORT = 4  # characters; a shorter value is only looked for in quotes, else every "a" would go
_HIDDEN = "…"
_UNTOLD = "This does not fit"
_QUOTING = re.compile(r"(Input tag|Invalid (?:enum )?value|found) ('(?:[^'\\]|\\.)*'|`[^`]*`)")  # pydantic, msgspec
_KEY_PART = re.compile(r"\[(\d+)\]|([^.\[\]]+)")  # Litestar writes items[0].price, its pydantic plugin items.0.price
_MESSAGES = ("msg", "message")
_KEPT = frozenset({"key", "loc", "message", "msg", "source", "type"})
_PARSING = frozenset({"json_invalid"})  # the last part of its `loc` is a position in the text


class FieldError(TypedDict):
    """One field that was not accepted: where it stands (RFC 6901), in what part of the request, and why."""

    pointer: str
    location: str
    detail: str


def from_fastapi(entries: object) -> tuple[FieldError, ...] | None:
    """The field errors in FastAPI's list, whose `loc` begins with the part of the request; None when it is none."""
    return _read(entries, has_location=True)


def from_pydantic(entries: object) -> tuple[FieldError, ...] | None:
    """The field errors in what `ValidationError.errors()` gives for content; None when it is no such list."""
    return _read(entries, has_location=False)


def from_litestar(entries: object) -> tuple[FieldError, ...] | None:
    """The field errors in Litestar's `extra`; None when it is something of the application's own."""
    if not isinstance(entries, list) or not entries:
        return None
    found: list[FieldError] = []
    for entry in entries[:_ENTRIES]:
        if not isinstance(entry, dict) or not entry.keys() <= {"message", "key", "source"}:
            return None
        message, key, source = entry.get("message"), entry.get("key", ""), entry.get("source", "body")
        if not isinstance(message, str) or not isinstance(key, str) or source not in LOCATIONS:
            return None
        parts = [index or name for index, name in _KEY_PART.findall(key)] if source == "body" else [key]
        found.append(FieldError(pointer=to_pointer(parts), location=source, detail=_detail(message, {})))
    return _one_each(found)


def without_input(entries: object) -> list[dict[str, object]]:
    """A framework's list of what did not fit, as its clients know it, without what was sent.

    Of FastAPI's entries `type`, `loc` and `msg` are left, of Litestar's `message`, `key` and `source`.
    """
    kept: list[dict[str, object]] = []
    for entry in entries[:_ENTRIES] if isinstance(entries, list | tuple) else ():
        if isinstance(entry, Mapping):
            texts = {name: _detail(str(entry[name]), entry) for name in _MESSAGES if name in entry}
            kept.append({name: texts.get(name, value) for name, value in entry.items() if name in _KEPT})
    return kept


def to_pointer(parts: Iterable[str | int]) -> str:
    """The JSON Pointer (RFC 6901 section 3) that leads through these names and indexes."""
    return "".join(["/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts])


def _read(entries: object, *, has_location: bool) -> tuple[FieldError, ...] | None:
    if not isinstance(entries, Sequence) or isinstance(entries, str | bytes) or not entries:
        return None
    found: list[FieldError] = []
    for entry in entries[:_ENTRIES]:
        error = _field_error(entry, has_location=has_location) if isinstance(entry, Mapping) else None
        if error is None:
            return None
        found.append(error)
    return _one_each(found)


def _field_error(entry: Mapping[str, object], *, has_location: bool) -> FieldError | None:
    """One entry of pydantic's making."""
    kind, loc, message = entry.get("type"), entry.get("loc"), entry.get("msg")
    if not isinstance(kind, str) or not isinstance(message, str) or not isinstance(loc, list | tuple):
        return None
    if any(isinstance(part, bool) or not isinstance(part, str | int) for part in loc):
        return None
    parts: Sequence[str | int] = loc if not has_location else loc[1:]
    location = "body" if not has_location else next(iter(loc), None)
    if location not in LOCATIONS:
        return None
    pointer = to_pointer(parts[:-1] if kind in _PARSING else parts)
    return FieldError(pointer=pointer, location=location, detail=_detail(message, entry))


def _one_each(found: Iterable[FieldError]) -> tuple[FieldError, ...]:
    """One entry for each field, in the order of its first fault; all that is wrong with it in one text."""
    details: dict[tuple[str, str], dict[str, None]] = {}
    for error in found:
        details.setdefault((error["location"], error["pointer"]), {})[error["detail"]] = None
    return tuple(
        FieldError(pointer=pointer, location=location, detail="; ".join(texts)[:_DETAIL])
        for (location, pointer), texts in details.items()
    )


def _detail(message: str, entry: Mapping[str, object]) -> str:
    """The message without anything that was sent; where that cannot be made sure of, only that it does not fit."""
    sent = _sent(entry.get("input"))
    if sent is None or len(message) > _READ:
        return _UNTOLD
    text = _QUOTING.sub(rf"\1 {_HIDDEN}", message)
    bounds = _bounds(entry.get("ctx"))
    for value in sent:
        if len(value) >= _SHORT and value not in bounds:
            text = text.replace(value, _HIDDEN)
        else:
            for quote in ("'", '"', "`"):
                text = text.replace(f"{quote}{value}{quote}", _HIDDEN)
    return text[:_DETAIL]


def _bounds(context: object) -> frozenset[str]:
    """The numbers that a field is held against: they are the rule, even where what was sent equals one."""
    if not isinstance(context, Mapping):
        return frozenset()
    return frozenset(str(value) for value in context.values() if isinstance(value, int | float))


def _sent(value: object) -> list[str] | None:
    """All texts and numbers in what was sent, the longest first; None when there are too many to look for."""
    found: set[str] = set()
    waiting = [value]
    for _ in range(_SENT_PARTS):
        if not waiting:
            found.discard("")
            return sorted(found, key=len, reverse=True)
        part = waiting.pop()
        if isinstance(part, Mapping):
            waiting += part.values()
        elif isinstance(part, list | tuple | set | frozenset):
            waiting += part
        elif isinstance(part, bytes):
            found.add(part.decode("utf-8", "replace"))
        elif isinstance(part, str | int | float) and not isinstance(part, bool):
            found.add(str(part))
    return None
