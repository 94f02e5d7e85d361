# SPDX-License-Identifier: Apache-2.0
"""What a page sends about itself, in OTLP/JSON as JavaScript writes it."""

import json
from typing import Any

NOW_NS = 1_800_000_000_000_000_000
JOURNEY_ID = "0123456789abcdef" * 2
TRACE_ID, SPAN_ID = "ab" * 16, "cd" * 8
Value = str | int | float | bool
_KINDS: dict[type, str] = {str: "stringValue", bool: "boolValue", int: "intValue", float: "doubleValue"}
ABOUT: dict[str, Value] = {"journey.id": JOURNEY_ID, "journey.name": "checkout", "journey.step": "cart"}


def event(name: str, attributes: dict[str, Value] | None = None, *, at_ns: int = NOW_NS) -> dict[str, Any]:
    """One log record."""
    given = {**ABOUT, **(attributes or {})}
    pairs = [{"key": key, "value": {_KINDS[type(value)]: value}} for key, value in given.items()]
    ids = {"traceId": TRACE_ID, "spanId": SPAN_ID}
    return {"timeUnixNano": str(at_ns), "eventName": name, "attributes": pairs, **ids}


def navigation(dom_complete: Value = 1234.5, **attributes: Value) -> dict[str, Any]:
    """The timing of a page view, in milliseconds."""
    own: dict[str, Value] = {
        "browser.navigation_timing.dom_complete": dom_complete,
        "browser.navigation_timing.type": "navigate",
        "http.route": "/cart",
    }
    return event("browser.navigation_timing", own | attributes)


def batch(*records: dict[str, Any]) -> bytes:
    """A request, with a resource and a scope of the sender's choice."""
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "storefront"}}]}
    scopes = [{"scope": {"name": "seeother"}, "logRecords": list(records)}]
    return json.dumps({"resourceLogs": [{"resource": resource, "scopeLogs": scopes}]}).encode()
