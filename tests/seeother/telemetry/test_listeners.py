# SPDX-License-Identifier: Apache-2.0
"""Whoever listens hears of each finding, and harms nobody by it."""

import threading

import pytest

from seeother.journey import Finding, Severity
from seeother.telemetry import ExchangeContext, begin, listen, tell

FINDING = Finding("RED001", "name", Severity.ERROR, "message", "source", "POST", "http://shop.test/orders", 302)


def test_listeners_hear_until_they_stop() -> None:
    """Each of them, with the exchange; one that listens twice hears twice, and each undo takes back one."""
    heard: list[tuple[Finding, ExchangeContext | None]] = []
    context = begin(())

    def hear(finding: Finding, about: ExchangeContext | None) -> None:
        heard.append((finding, about))

    stop_one, stop_other = listen(hear), listen(hear)
    tell(FINDING, context)
    stop_one()
    stop_one()
    tell(FINDING)
    stop_other()
    tell(FINDING)

    assert heard == [(FINDING, context), (FINDING, context), (FINDING, None)]


def test_a_listener_hears_other_threads() -> None:
    """A server in a thread of the test is one of them."""
    heard: list[int] = []
    stop = listen(lambda _, __: heard.append(threading.get_ident()))

    thread = threading.Thread(target=tell, args=(FINDING,))
    thread.start()
    thread.join()
    stop()

    assert len(heard) == 1
    assert threading.get_ident() not in heard


def test_a_failing_listener_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Neither the exchange nor the next listener suffers."""
    heard: list[Finding] = []

    def fail(_: Finding, __: ExchangeContext | None) -> None:
        raise ValueError

    stops = [listen(fail), listen(lambda finding, _: heard.append(finding))]
    tell(FINDING)
    for stop in stops:
        stop()

    assert heard == [FINDING]
    assert "a listener could not take a finding of RED001" in caplog.text
