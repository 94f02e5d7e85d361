# SPDX-License-Identifier: Apache-2.0
"""Every name we put on the wire, once: what it is called, its type and what it means.

Names under `http.`, `error.` and `service.` are OpenTelemetry's semantic conventions 1.44; no convention names a
journey, so those under `journey.` and `seeother.` are ours.
"""

from dataclasses import dataclass

SCOPE = "seeother"  # the instrumentation scope of all that we send
SERVICE_NAME = "service.name"
SERVICE_INSTANCE_ID = "service.instance.id"

HTTP_REQUEST_METHOD = "http.request.method"
HTTP_ROUTE = "http.route"
HTTP_RESPONSE_STATUS_CODE = "http.response.status_code"
ERROR_TYPE = "error.type"

JOURNEY_ID = "journey.id"
JOURNEY_NAME = "journey.name"
JOURNEY_STEP = "journey.step"
JOURNEY_CLAIMED_ID = "journey.claimed_id"
JOURNEY_FAILED = "journey.failed"

DURATION_NS = "seeother.duration_ns"
REPLAYED = "seeother.replayed"
DROPPED = "seeother.dropped"

RULE = "seeother.rule"
RULE_NAME = "seeother.rule.name"
SEVERITY = "seeother.severity"
MESSAGE = "seeother.message"
REPAIRED = "seeother.repaired"

BREAKER_NAME = "seeother.breaker.name"
BREAKER_EVENT = "seeother.breaker.event"
BREAKER_REASON = "seeother.breaker.reason"
BREAKER_STATE = "seeother.breaker.state"
BREAKER_STATE_BEFORE = "seeother.breaker.state.before"
BREAKER_OPEN_MS = "seeother.breaker.open_ms"

EVENT_STEP = "journey.step"
EVENT_FINDING = "seeother.finding"
EVENT_DROPPED = "seeother.dropped"
EVENT_BREAKER = "seeother.breaker.state_changed"
METRIC_FINDINGS = "seeother.findings"
METRIC_BREAKER = "seeother.breaker.events"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: its name, its OTLP type (str, int or bool) and its meaning."""

    name: str
    type: str
    meaning: str


ATTRIBUTES = (
    Attribute(SERVICE_NAME, "str", "The service that answered; on the resource."),
    Attribute(SERVICE_INSTANCE_ID, "str", "The process that counted, as 32 hex digits; on the resource of metrics."),
    Attribute(HTTP_REQUEST_METHOD, "str", "The request's method; `_OTHER` when it is none of the registered ones."),
    Attribute(HTTP_ROUTE, "str", "The route's template, never a raw path; absent when the route is unknown."),
    Attribute(HTTP_RESPONSE_STATUS_CODE, "int", "The status that was really sent; absent when no head was sent."),
    Attribute(ERROR_TYPE, "str", "`cut` when the answer broke off, else the status of a 5xx as text."),
    Attribute(JOURNEY_ID, "str", "The verified id of the journey, 32 lower-case hex digits."),
    Attribute(JOURNEY_NAME, "str", "Which configured journey it is."),
    Attribute(JOURNEY_STEP, "str", "The step that the exchange attempts; absent when it attempts none."),
    Attribute(JOURNEY_CLAIMED_ID, "str", "The unverified X-Journey-ID of the request."),
    Attribute(JOURNEY_FAILED, "bool", "Whether the attempt failed: an undeclared 4xx or 5xx, or cut off."),
    Attribute(DURATION_NS, "int", "Nanoseconds from request to end of answer; on log records, a span has its own."),
    Attribute(REPLAYED, "bool", "Whether the answer came from the ledger."),
    Attribute(RULE, "str", "The code of the rule that found something."),
    Attribute(RULE_NAME, "str", "The name of that rule."),
    Attribute(SEVERITY, "str", "How much the finding matters: error, warning or advice."),
    Attribute(MESSAGE, "str", "The finding in one sentence."),
    Attribute(REPAIRED, "bool", "Whether the guard mended what the rule found."),
    Attribute(BREAKER_NAME, "str", "The service or host that calls go to."),
    Attribute(
        BREAKER_EVENT,
        "str",
        "What is counted of calls and breakers: opened, closed, half-open, refused, failed, slow or back-pressure.",
    ),
    Attribute(BREAKER_REASON, "str", "Why calls were refused or how they failed; absent where the event says it all."),
    Attribute(BREAKER_STATE, "str", "The state that a breaker is in from now on."),
    Attribute(BREAKER_STATE_BEFORE, "str", "The state that it was in."),
    Attribute(BREAKER_OPEN_MS, "int", "Milliseconds until a breaker that has opened lets a probe through; else 0."),
    Attribute(DROPPED, "int", "How many rows this process has dropped since it last said so."),
)
