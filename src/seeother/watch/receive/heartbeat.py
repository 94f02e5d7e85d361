# SPDX-License-Identifier: Apache-2.0
"""Watch's own telemetry, by the way that all telemetry goes: silence means that storing has stopped, not the shops."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from logging import getLogger

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.errors import StoreError
from seeother.watch.warehouse import Encoding, Outcome, Signal

SERVICE = "seeother-watch"
EVENT = "seeother.watch.heartbeat"
BEAT_SECONDS = 10.0
_MISSED = 3  # beats, after which storing has stopped

_log = getLogger(__name__)


class Heartbeat:
    """A log record every `seconds`; what counts is when the last one came in."""

    def __init__(
        self,
        submit: Callable[[Signal, Encoding, bytes], Future[Outcome]],
        seconds: float = BEAT_SECONDS,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Beat through `submit`."""
        self._submit = submit
        self._seconds = seconds
        self._clock = clock
        self._last = clock.monotonic()

    @property
    def age_seconds(self) -> float:
        """Seconds since the last beat that was stored, or since the start."""
        return self._clock.monotonic() - self._last

    @property
    def has_stopped(self) -> bool:
        """Whether storing has stopped."""
        return self.age_seconds > self._seconds * _MISSED

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            began = self._clock.monotonic()
            try:
                await asyncio.wrap_future(self._submit(Signal.LOGS, Encoding.PROTOBUF, self._beat()))
            except StoreError as error:
                _log.warning("the heartbeat was not stored: %s", error)
            else:
                self._last = began
            await asyncio.sleep(self._seconds)

    def _beat(self) -> bytes:
        request = ExportLogsServiceRequest()
        resource = request.resource_logs.add()
        resource.resource.attributes.append(KeyValue(key="service.name", value=AnyValue(string_value=SERVICE)))
        scope = resource.scope_logs.add()
        scope.scope.name = SERVICE
        scope.log_records.add(time_unix_nano=self._clock.time_ns(), event_name=EVENT)
        return request.SerializeToString()
