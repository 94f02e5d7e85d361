# SPDX-License-Identifier: Apache-2.0
"""Reads content as JSON where that is cheap enough; whatever was sent, an answer comes out."""

import json

READ_BYTES = 1 << 16  # of content; the result of an error is small, and a large document is something else


def read_object(content: bytes | None) -> dict[str, object] | None:
    """The JSON object that the content is, or None when it is none, or too large to be told."""
    if content is None or len(content) > READ_BYTES or not content.lstrip().startswith(b"{"):
        return None
    try:
        document: object = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return {str(name): value for name, value in document.items()} if isinstance(document, dict) else None
