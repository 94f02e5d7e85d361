# SPDX-License-Identifier: Apache-2.0
"""The hidden field that makes a form one action, with scripts off too: two clicks, Back and submit, a reload.

Its key is made when the form is shown, so that who opens the form anew means another action. The page is for one
person: where a shared cache stores it, strangers send the same key.
"""

import re
import secrets
from html import escape

from seeother.errors import CallerError

from .key import FORM_FIELD

_KEY_BYTES = 18  # random; 24 characters
_USABLE = re.compile(r"[!-~]{1,255}\Z")


def idempotency_field(key: str | None = None) -> str:
    """The field as HTML; with a `key` of one's own where the action has a name already, such as a cart's version.

    Raises CallerError for a key that is not 1 to 255 visible ASCII characters.
    """
    if key is None:
        key = secrets.token_urlsafe(_KEY_BYTES)
    elif not _USABLE.match(key):
        raise CallerError("an idempotency key has 1 to 255 visible ASCII characters")
    return f'<input type="hidden" name="{FORM_FIELD}" value="{escape(key)}">'
