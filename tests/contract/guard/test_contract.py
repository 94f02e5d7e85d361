# SPDX-License-Identifier: Apache-2.0
"""What the guard promises holds with every adapter and every framework."""

from dataclasses import replace
from pathlib import Path

import pytest

from seeother.message import Fields, first
from seeother.testing import collecting
from tests.contract.guard import cases_actions, cases_errors, cases_idempotency, cases_redirects
from tests.contract.guard.adapters import ADAPTERS, guarded
from tests.contract.guard.exchange import Ask, Case, Expect, Got, Script
from tests.contract.guard.proxied import Behind

CASES: tuple[Case, ...] = (*cases_redirects.CASES, *cases_errors.CASES, *cases_actions.CASES, *cases_idempotency.CASES)


def told(got: Got, found: list[str], expect: Expect) -> str:
    """What came, for whoever reads that a case has failed."""
    fields = "\n".join([f"    {name.decode()}: {value.decode('latin-1')}" for name, value in got.fields])
    return (
        f"\n  expected {expect}\n  got {got.status}, found {found}, ended {got.ended}, failure {got.failure!r}\n"
        f"{fields}\n    {got.content[:300]!r}"
    )


def brought(jar: dict[bytes, bytes], ask: Ask) -> Fields:
    """The fields of a request, with the cookies that the client has and the length of the content."""
    cookies = b"; ".join([name + b"=" + value for name, value in jar.items()])
    fields = (*ask.by, *ask.fields, *(((b"cookie", cookies),) if cookies else ()))
    return (*fields, (b"content-length", b"%d" % len(ask.content))) if ask.method != "GET" else fields


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_contract(case: Case, adapter: str, tmp_path: Path) -> None:
    """Each exchange of the case is answered as promised, and the rules find what they should."""
    if case.only and adapter not in case.only:
        pytest.skip("this framework cannot do that")
    if case.inside and adapter.startswith("proxy"):
        pytest.skip("a guard in front of an application refuses to be told so")
    script = (Behind if adapter.startswith("proxy") else Script)(case.reply)
    jar: dict[bytes, bytes] = {}
    location = ""
    with guarded(adapter, case, script=script, folder=tmp_path) as server:
        for (asked, _), expect in zip(case.exchanges, case.expected(adapter), strict=True):
            ask = asked if asked.path else replace(asked, path=location)
            with collecting() as findings:
                got = server(ask, brought(jar, ask))
            found = sorted([finding.rule + ("+" if finding.repaired else "") for finding in findings])
            check(got, found, expect)
            location = (first(got.fields, b"location") or b"").decode()
            for line in got.every("set-cookie"):
                name, _, value = line.partition(";")[0].encode().partition(b"=")
                jar[name] = value
    assert case.runs is None or len(script.seen) == case.runs
    for what, wanted in case.shown:
        shown = case.exchanges[-1][0].client if what == "forwarded" and adapter.startswith("proxy") else wanted
        assert getattr(script.seen[-1], what) == shown, script.seen[-1:]


def parts(value: str) -> list[str]:
    """A field's parts in an order of their own: Django makes cookies anew."""
    return sorted([part.strip() for part in value.split(";")])


def check(got: Got, found: list[str], expect: Expect) -> None:
    """Compare an answer with what was promised."""
    text = told(got, found, expect)
    assert got.status == expect.status, text
    assert found == sorted(expect.found), text
    assert (got.failure is not None) == expect.fails, text
    assert got.ended == expect.ended, text
    for name, value in expect.has:
        assert [parts(each) for each in got.every(name)] == [parts(value)], text
    for name in expect.lacks:
        assert not got.every(name), text
    assert expect.says in got.content, text
    if expect.content is not None:
        assert got.content == expect.content, text
    if (length := got.every("content-length")) and got.ended and got.content:
        assert length == [str(len(got.content))], text
