# SPDX-License-Identifier: Apache-2.0
"""The journey and the trace in every log line, for the standard library's logging and for structlog.

The ids are those of the host's own span where it has made one, so that a line is found beside that span.
"""

import logging
from collections.abc import MutableMapping
from typing import Any

from .context import ExchangeContext, current

_ABSENT = "-"
LOG_FORMAT = (
    "%(asctime)s %(levelname)s %(name)s %(message)s "
    "[journey=%(journey_id)s name=%(journey_name)s step=%(journey_step)s trace=%(trace_id)s span=%(span_id)s]"
)


class JourneyFilter(logging.Filter):
    """Puts journey_id, journey_name, journey_step, trace_id and span_id on each record; `-` where there is none.

    It belongs on a handler: a filter of a logger does not see the records of the loggers below it. What a record
    already has stays: a listener in another thread (QueueListener) knows no exchange.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        there = vars(record)
        for name, value in _words(current()).items():
            there.setdefault(name, _ABSENT if value is None else value)
        return True


def add_journey(
    logger: object,  # noqa: ARG001 - structlog's signature
    method_name: str,  # noqa: ARG001 - as above
    event_dict: MutableMapping[str, Any],
) -> MutableMapping[str, Any]:
    """A processor for structlog: the same names as JourneyFilter gives; what there is none of is left out."""
    for name, value in _words(current()).items():
        if value is not None:
            event_dict.setdefault(name, value)
    return event_dict


def _words(context: ExchangeContext | None) -> dict[str, str | None]:
    """What a line says of an exchange."""
    if context is None:
        return dict.fromkeys(("journey_id", "journey_name", "journey_step", "trace_id", "span_id"))
    return {
        "journey_id": context.journey_id,
        "journey_name": context.journey_name,
        "journey_step": context.step,
        "trace_id": (context.host_trace_id or context.trace_id).hex(),
        "span_id": (context.host_span_id or context.span_id).hex(),
    }
