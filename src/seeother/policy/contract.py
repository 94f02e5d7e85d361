# SPDX-License-Identifier: Apache-2.0
"""Which statuses a route promises to answer with.

The contract is about what the route's own code decides. Outside of it, and never undeclared, are

- 1xx, which is interim, and 304 and 206, which are a 200 in another form and declared where it is;
- what is answered in front of the route, by the framework or a middleware, on any route alike: who are you (401,
  407), you may not (403), there is no such thing (404), and the request's own form (405, 406, 408, 411, 413, 414,
  415, 416, 417, 421, 426, 429, 431);
- 5xx: a crash or a dead neighbour is a failed attempt already and would only be told twice.

What is left of the errors is what a client must be ready for: 400, 402, 409, 410, 412, 422 and their like. A half of
the contract that lists nothing promises nothing.
"""

from dataclasses import dataclass

from seeother.errors import CallerError

_ALL = range(100, 600)
_SUCCESSES = range(200, 400)
_ERRORS = range(400, 600)
_SERVER_ERRORS = range(500, 600)
_IN_FRONT = frozenset({401, 403, 404, 405, 406, 407, 408, 411, 413, 414, 415, 416, 417, 421, 426, 429, 431})
_FORMS_OF_OK = frozenset({206, 304})
_OK = 200


@dataclass(frozen=True, slots=True)
class StatusContract:
    """The statuses that a route declares: those of success (2xx, 3xx) and those of failure (4xx, 5xx)."""

    success: frozenset[int] = frozenset()
    errors: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        """Refuse a status in the wrong half, which would never be met."""
        for half, members, bounds in (("success", self.success, _SUCCESSES), ("errors", self.errors, _ERRORS)):
            wrong = sorted(status for status in members if status not in bounds)
            if wrong:
                message = f"{half} = {wrong} cannot be: it lists statuses from {bounds.start} to {bounds.stop - 1}"
                raise CallerError(message)

    @property
    def statuses(self) -> frozenset[int] | None:
        """Every status that keeps the contract; None where nothing is declared."""
        if not self.success and not self.errors:
            return None
        return frozenset([status for status in _ALL if self.is_declared(status)])

    def is_declared(self, status: int) -> bool:
        """Whether an answer with this status keeps the contract."""
        if status in _SUCCESSES:
            forms = _FORMS_OF_OK if _OK in self.success else frozenset[int]()
            return not self.success or status in self.success or status in forms
        if status not in _ERRORS or status in _SERVER_ERRORS or status in _IN_FRONT:
            return True
        return not self.errors or status in self.errors
