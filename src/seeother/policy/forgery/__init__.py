# SPDX-License-Identifier: Apache-2.0
"""Whether a request was sent by the site's own pages: by what the browser says, and by a signed token for old ones."""

from .form_token import TOKEN_FIELD, FormTokens, read_form_token
from .origin import CROSS_SITE, Ground, OriginVerdict, by_token, check_origin, is_exempt, may_refuse

__all__ = [
    "CROSS_SITE",
    "TOKEN_FIELD",
    "FormTokens",
    "Ground",
    "OriginVerdict",
    "by_token",
    "check_origin",
    "is_exempt",
    "may_refuse",
    "read_form_token",
]
