# SPDX-License-Identifier: Apache-2.0
"""The errors that SeeOther raises; the type says who is to blame.

    SeeOtherError
    ├── SettingsError   the operator: a key, its value and the cure
    ├── CallerError     the embedding code: used in a way that cannot work
    ├── PeerError       the other side of a connection
    └── StoreError      what is behind a port: a database, a file

A verdict about an exchange is a `Finding`, never an exception.
"""


class SeeOtherError(Exception):
    """The root of all errors raised on purpose by this package."""


class SettingsError(SeeOtherError):
    """A setting that cannot be used; names the key, the value and the cure."""

    def __init__(self, key: str, value: object, cure: str) -> None:
        """Remember what is wrong (`key`, `value`) and what to do about it (`cure`)."""
        super().__init__(f"{key} = {value!r}: {cure}")
        self.key = key
        self.value = value
        self.cure = cure


class CallerError(SeeOtherError):
    """The embedding code asked for something that cannot work."""


class PeerError(SeeOtherError):
    """The other side sent something that cannot be used, or did not answer."""


class StoreError(SeeOtherError):
    """A store could not do its work; `retryable` says whether asking again may help."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        """Say what failed, and whether the same call may succeed later."""
        super().__init__(message)
        self.retryable = retryable
