# SPDX-License-Identifier: Apache-2.0
"""An answer other than success, raised where the reason is found."""

from seeother.message import Field


class RefusalError(Exception):
    """A status, a sentence for the sender's log, and further fields."""

    def __init__(self, status: int, reason: str, *fields: Field) -> None:
        """Keep all three."""
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.fields = fields
