# SPDX-License-Identifier: Apache-2.0
"""Trace Context and Baggage: strict, never an exception, and what we write others can read."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import baggage, trace
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from seeother.telemetry import Baggage, ExchangeContext, begin, enter, leave, outgoing_fields, read_baggage
from seeother.telemetry.propagation import to_baggage

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
VALID = f"00-{TRACE}-{SPAN}-01"
ID = "0123456789abcdef" * 2
NAMES = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=64)


def exchange(journey_id: str | None = ID, name: str | None = None, step: str | None = None) -> ExchangeContext:
    """An exchange of a journey."""
    made = begin(((b"traceparent", VALID.encode()),))
    made.journey_id, made.journey_name, made.step = journey_id, name, step
    return made


def fields_of(context: ExchangeContext) -> dict[str, str]:
    """What goes out while the exchange is under way."""
    token = enter(context)
    try:
        return {name.decode(): value.decode() for name, value in outgoing_fields()}
    finally:
        leave(token)


@pytest.mark.parametrize(
    ("value", "flags"),
    [
        (VALID, 1),
        (f"00-{TRACE}-{SPAN}-00", 0),
        (f"00-{TRACE}-{SPAN}-03", 3),
        (f"00-{TRACE}-{SPAN}-ff", 3),
        (f"01-{TRACE}-{SPAN}-01", 1),
        (f"cc-{TRACE}-{SPAN}-01-what the future will be like", 1),
    ],
)
def test_a_valid_traceparent_is_continued(value: str, flags: int) -> None:
    """Its trace goes on, its span is our parent, and of its flags those that we know are kept."""
    context = begin(((b"host", b"shop.test"), (b"traceparent", value.encode())))

    assert (context.trace_id.hex(), context.parent_id.hex(), context.flags) == (TRACE, SPAN, flags)
    assert context.span_id.hex() != SPAN


@pytest.mark.parametrize(
    "values",
    [
        [],
        [""],
        [VALID, VALID],
        [VALID, "x"],
        [VALID + "-"],
        [VALID + "-00"],
        [VALID + "\n"],
        [" " + VALID],
        [VALID[:-1]],
        [VALID.upper()],
        [VALID.replace("-", "_")],
        [f"ff-{TRACE}-{SPAN}-01"],
        [f"01-{TRACE}-{SPAN}-01x"],
        [f"00-{'0' * 32}-{SPAN}-01"],
        [f"00-{TRACE}-{'0' * 16}-01"],
        [f"00-{TRACE[:-1]}g-{SPAN}-01"],
        [f"00-{TRACE}-{SPAN}-0x"],
    ],
)
def test_any_other_traceparent_begins_a_new_trace(values: list[str]) -> None:
    """None, several, or one that breaks a rule of the specification: we are the root."""
    context = begin([(b"traceparent", value.encode()) for value in values])

    assert context.trace_id.hex() != TRACE
    assert (context.parent_id, context.flags) == (b"", 1)


@given(st.one_of(st.binary(max_size=80), st.from_regex(rb"[0-9a-f-]{50,60}"), st.binary().map(VALID.encode().__add__)))
def test_no_traceparent_raises(value: bytes) -> None:
    """Whatever a stranger sends, there is an exchange with valid ids."""
    context = begin(((b"traceparent", value),))

    assert len(context.trace_id) == 16
    assert any(context.trace_id)
    assert (len(context.span_id), len(context.parent_id) in {0, 8}) == (8, True)
    assert context.flags in range(4)


def test_what_goes_out_is_read_by_opentelemetry() -> None:
    """Its propagators find our span as the parent, and the journey in the baggage."""
    context = exchange(name="checkout", step="submit_order")

    out = fields_of(context)

    span = trace.get_current_span(TraceContextTextMapPropagator().extract(out)).get_span_context()
    assert (f"{span.trace_id:032x}", f"{span.span_id:016x}") == (TRACE, context.span_id.hex())
    assert (span.trace_flags, span.is_remote) == (1, True)
    assert baggage.get_all(W3CBaggagePropagator().extract(out)) == {
        "journey.id": ID,
        "journey.name": "checkout",
        "journey.step": "submit_order",
    }


def test_the_host_s_span_is_the_parent_where_there_is_one() -> None:
    """A call made below the host's server span hangs below that span, which is the one that exists."""
    context = exchange()
    context.host_trace_id, context.host_span_id, context.flags = b"T" * 16, b"S" * 8, 0

    assert fields_of(context)["traceparent"] == f"00-{'54' * 16}-{'53' * 8}-00"


def test_nothing_goes_out_without_an_exchange() -> None:
    """There is nothing to carry along."""
    assert outgoing_fields() == ()


def test_an_exchange_without_journey_sends_no_baggage() -> None:
    """Its trace goes on all the same."""
    assert set(fields_of(exchange(None))) == {"traceparent"}


@given(NAMES, NAMES)
def test_what_goes_out_comes_in(name: str, step: str) -> None:
    """Names of any script survive, as far as there is room: fewer than 200 bytes, the step goes first."""
    value = to_baggage(exchange(ID, name, step))
    back = read_baggage(((b"baggage", value),))

    assert len(value) < 200
    assert back is not None
    assert back.journey_id == ID
    assert back.journey_name in {name, None}
    assert back.step in {step, None}
    assert back.step is None or back.journey_name is not None


def test_short_names_have_room() -> None:
    """The usual case loses nothing."""
    value = to_baggage(exchange(ID, "checkout", "payment_return"))

    assert read_baggage(((b"baggage", value),)) == Baggage(ID, "checkout", "payment_return")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([f"journey.id={ID}"], Baggage(ID, None, None)),
        ([f" a=1 , journey.id = {ID} ;secret;x=y ,b=2"], Baggage(ID, None, None)),
        (["a=1", f"journey.id={ID}", "journey.name=checkout"], Baggage(ID, "checkout", None)),
        ([f"journey.id={ID},journey.id={'f' * 32}"], Baggage(ID, None, None)),
        ([f"journey.id={ID},journey.name=caf%C3%A9"], Baggage(ID, "café", None)),
        ([f"journey.id={ID},journey.name={'x' * 65},journey.step=%0A"], Baggage(ID, None, None)),
        ([f"journey.id={ID},journey.name=,journey.step"], Baggage(ID, None, None)),
        ([f"journey.id={ID.upper()}"], None),
        ([f"journey.id={ID}0"], None),
        ([f"journey.id={ID}%0A"], None),
        ([f"Journey.id={ID}"], None),
        (["journey.name=checkout"], None),
        ([f"journey.id={ID}" + "," * 8192], None),
        ([], None),
    ],
)
def test_the_journey_is_read_from_baggage(values: list[str], expected: Baggage | None) -> None:
    """Only with a well-formed id, and only names that could be names."""
    assert read_baggage([(b"baggage", value.encode()) for value in values]) == expected


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=60),
            st.text(string.printable, max_size=60).map(lambda text: f"journey.id={ID},journey.name={text}".encode()),
        ),
        max_size=3,
    )
)
def test_no_baggage_raises(values: list[bytes]) -> None:
    """Whatever a peer sends, it is a journey or none."""
    found = read_baggage([(b"baggage", value) for value in values])

    assert found is None or len(found.journey_id) == 32
