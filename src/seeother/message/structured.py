# SPDX-License-Identifier: Apache-2.0
"""Structured fields (RFC 9651), read and written by the http-sf package; what is malformed is None."""

from typing import cast

import http_sf
from http_sf import DictionaryType, ItemType, ListType

_TOP_LEVEL_MOST = 16_384  # bytes; a longer value is no structured field that anybody means
_VISIBLE = range(0x20, 0x7F)  # what a String may hold (RFC 9651 section 3.3.3)


def read_item(value: bytes) -> ItemType | None:
    """The item with its parameters that a field's value is."""
    return cast("ItemType | None", _read(value, "item"))


def read_list(value: bytes) -> ListType | None:
    """The members of the list that a field's value is; join several lines with a comma first."""
    return cast("ListType | None", _read(value, "list"))


def read_dictionary(value: bytes) -> DictionaryType | None:
    """The members of the dictionary that a field's value is; join several lines with a comma first."""
    return cast("DictionaryType | None", _read(value, "dictionary"))


def read_string_item(value: bytes) -> str | None:
    """The content of an item that is a String, its parameters left out."""
    item = read_item(value)
    if isinstance(item, tuple) and isinstance(item[0], str):
        return item[0]
    return None


def to_string_item(text: str) -> bytes:
    """The text as a String; a question mark stands for each character that one cannot hold."""
    text = "".join([character if ord(character) in _VISIBLE else "?" for character in text])
    return http_sf.ser(text).encode("ascii")


def _read(value: bytes, kind: str) -> object:
    if len(value) > _TOP_LEVEL_MOST:
        return None
    try:
        return http_sf.parse(value.strip(b" \t"), tltype=kind)
    except (ValueError, OverflowError):  # a date beyond what datetime holds overflows
        return None
