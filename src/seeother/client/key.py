# SPDX-License-Identifier: Apache-2.0
"""The key of an unsafe call, by which a service that keeps keys knows its repetitions."""

import uuid

from seeother.message import to_string_item

KEY_FIELD = "idempotency-key"


def new_key() -> str:
    """A value for Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07): a UUID in quotes.

    Make it when something is decided, keep it beside what is decided, and send it with each repetition.
    """
    return to_string_item(str(uuid.uuid4())).decode()
