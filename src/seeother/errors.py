# SPDX-License-Identifier: Apache-2.0
"""The errors that SeeOther raises; the type says who is to blame.

    SeeOtherError
    ├── SettingsError   the operator: a key, its value and the cure
    ├── CallerError     the embedding code: used in a way that cannot work
    ├── PeerError       the other side of a connection
    │   ├── CallRefused     it was not asked: it is known to be in trouble
    │   └── OutcomeUnknown  it was asked to do something, and nobody knows whether it did
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


class CallRefused(PeerError):  # noqa: N818 - it says what happened
    """A call that was not made, since the breaker or the bulkhead before it said no: nothing was done by it.

    `retry_after` is in seconds. Where it leaves an application, the guard answers 503 and says so (RFC 9110 15.6.4).
    Each refusal is an exception of its own: one that is raised again and again grows by a traceback each time.
    """

    def __init__(self, name: str, reason: str, retry_after: float) -> None:
        """Say who was to be called, why not, and when to come back."""
        super().__init__(f"no call to {name} now ({reason}); come back in {retry_after:.1f} s")
        self.name = name
        self.reason = reason
        self.retry_after = retry_after


class OutcomeUnknown(PeerError):  # noqa: N818 - it says what happened
    """A call that may have been carried out although no answer says so: neither "failed" nor "done".

    Ask again under the same `key` (the value of its Idempotency-Key, None where it had none), or look up what became
    of it. Where it leaves an application, the guard leads to the outcome page.
    """

    def __init__(self, name: str, *, why: str, key: str | None = None, status: int | None = None) -> None:
        """Say whom it was asked of (`name`), why nobody knows, and the `status` if it was answered with one."""
        super().__init__(f"nobody knows whether {name} did what it was asked: {why}")
        self.name = name
        self.key = key
        self.status = status


class StoreError(SeeOtherError):
    """A store could not do its work; `retryable` says whether asking again may help."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        """Say what failed, and whether the same call may succeed later."""
        super().__init__(message)
        self.retryable = retryable
