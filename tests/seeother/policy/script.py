# SPDX-License-Identifier: Apache-2.0
"""Drives a flow by a script: one reply for each want, no I/O."""

from typing import NamedTuple

from seeother.message import Response
from seeother.policy import Flow, Reply, Respond, Want


class Driven(NamedTuple):
    """What a flow wanted, in order, and the failure that it ended with."""

    wants: list[Want]
    failure: BaseException | None

    @property
    def response(self) -> Response:
        """What the client got, at the very end."""
        assert isinstance(self.wants[-1], Respond)
        return self.wants[-1].response

    @property
    def kinds(self) -> list[type[Want]]:
        """The wants' words alone."""
        return [type(want) for want in self.wants]


def driven(flow: Flow, *script: Reply | BaseException) -> Driven:
    """Answer each want with the next reply of the script, failures being thrown in; both end together."""
    wants = [next(flow)]
    for index, reply in enumerate(script):
        try:
            wants.append(flow.throw(reply) if isinstance(reply, BaseException) else flow.send(reply))
        except BaseException as end:  # noqa: BLE001 - whatever leaves the flow is the test's to judge
            assert index == len(script) - 1, f"the flow ended before the script: {wants}"
            return Driven(wants, None if isinstance(end, StopIteration) else end)
    raise AssertionError(f"the flow still wants {wants[-1]}")
