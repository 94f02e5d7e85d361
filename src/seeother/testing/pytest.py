# SPDX-License-Identifier: Apache-2.0
"""The plugin for pytest: a test that asks for `seeother_strict` fails when the rules find something.

One line makes a whole suite strict: `pytestmark = pytest.mark.usefixtures("seeother_strict")` in a module, or
`usefixtures = seeother_strict` in pytest's settings.
"""

from collections.abc import Generator

import pytest

from .findings import Findings, collecting

_FINDINGS = pytest.StashKey[Findings]()


@pytest.fixture
def seeother_strict(request: pytest.FixtureRequest) -> Generator[Findings]:
    """What guards find during the test, whatever client it uses; what is not allowed by its end fails it."""
    with collecting() as findings:
        request.node.stash[_FINDINGS] = findings
        yield findings
    _fail_for(findings)  # what other fixtures did after the test


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Fail the test itself, not its teardown; one that failed already gets the findings beside its failure."""
    findings = item.stash.get(_FINDINGS, None)
    try:
        yield
    except BaseException:
        if findings is not None and findings.unallowed:
            item.add_report_section("call", "seeother", findings.report())
            findings.clear()
        raise
    if findings is not None:
        _fail_for(findings)


def _fail_for(findings: Findings) -> None:
    """Fail for what is not allowed, once."""
    if findings.unallowed:
        report = findings.report()
        findings.clear()
        pytest.fail(report, pytrace=False)
