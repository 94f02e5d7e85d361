# SPDX-License-Identifier: Apache-2.0
"""The plugin, in runs of pytest within this one: what the rules find fails the test, with any client."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

pytest_plugins = ["pytester"]

# Where the plugin is installed as an entry point it would otherwise be there twice.
PLUGIN = ("-p", "no:seeother", "-p", "seeother.testing.pytest", "-p", "no:asyncio")

HEAD = """
from dataclasses import replace

import pytest

from seeother.journey import Finding, Severity
from seeother.telemetry import tell

FINDING = Finding("RED001", "ambiguous-redirect", Severity.ERROR, "It is 302.", "s", "POST", "http://a.test/b", 302)
OTHER = replace(FINDING, rule="RTY001")
"""


def run(pytester: pytest.Pytester, test: str, *arguments: str) -> pytest.RunResult:
    """Run a test file in a session of its own."""
    pytester.makepyfile(HEAD + dedent(test))
    return pytester.runpytest(*PLUGIN, *arguments)


def test_a_finding_fails_the_test(pytester: pytest.Pytester) -> None:
    """The test itself and not its teardown, with the list and without a traceback."""
    result = run(
        pytester,
        """
        def test_buying(seeother_strict):
            tell(FINDING)
        """,
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*_ test_buying _*",
            "The rules found something.",
            "RED001 ambiguous-redirect (error)",
            "  It is 302.",
            "  POST http://a.test/b -> 302",
            '`seeother rules RED001` explains; .allow("RED001") lets it be.',
        ]
    )
    result.stdout.no_fnmatch_line("*tell(FINDING)*")


def test_other_tests_are_left_alone(pytester: pytest.Pytester) -> None:
    """Without the fixture nothing fails, and no finding is carried over from one test to the next."""
    result = run(
        pytester,
        """
        def test_without():
            tell(FINDING)

        def test_with_none(seeother_strict):
            assert seeother_strict == []

        def test_with_one(seeother_strict):
            tell(FINDING)

        def test_with_none_again(seeother_strict):
            assert seeother_strict == []
        """,
    )

    result.assert_outcomes(passed=3, failed=1)


def test_a_test_may_look_and_allow(pytester: pytest.Pytester) -> None:
    """It asserts on the list, clears it, or allows a rule; what is left over fails it."""
    result = run(
        pytester,
        """
        def test_looking(seeother_strict):
            tell(FINDING)
            assert [finding.rule for finding in seeother_strict] == ["RED001"]
            seeother_strict.clear()

        def test_allowing(seeother_strict):
            seeother_strict.allow("RED001")
            tell(FINDING)

        def test_allowing_another(seeother_strict):
            seeother_strict.allow("RED001")
            tell(FINDING)
            tell(OTHER)
        """,
    )

    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*_ test_allowing_another _*", "RTY001 *"])
    result.stdout.no_fnmatch_line("RED001 *")


def test_a_failing_test_shows_both(pytester: pytest.Pytester) -> None:
    """Its own failure, and beside it what the rules found: often that is the reason. It fails once."""
    result = run(
        pytester,
        """
        def test_buying(seeother_strict):
            tell(FINDING)
            assert 302 == 303
        """,
    )

    result.assert_outcomes(failed=1, errors=0)
    result.stdout.fnmatch_lines(
        ["E  *assert 302 == 303", "*- Captured seeother call -*", "RED001 ambiguous-redirect (error)"]
    )


def test_what_a_fixture_does_afterwards_counts(pytester: pytest.Pytester) -> None:
    """Found during teardown it is an error of that, once."""
    result = run(
        pytester,
        """
        @pytest.fixture
        def client(seeother_strict):
            yield
            tell(FINDING)

        def test_buying(client):
            pass
        """,
    )

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["RED001 ambiguous-redirect (error)"])


def test_a_suite_is_strict_by_one_line(pytester: pytest.Pytester) -> None:
    """In pytest's settings; unittest's test cases are tests like others."""
    pytester.makeini("[pytest]\nusefixtures = seeother_strict\n")
    result = run(
        pytester,
        """
        import unittest

        def test_buying():
            tell(FINDING)

        class TestBuying(unittest.TestCase):
            def test_buying(self):
                tell(FINDING)

            def test_looking(self):
                pass

        @pytest.mark.xfail(strict=True)
        def test_known():
            tell(FINDING)
        """,
    )

    result.assert_outcomes(failed=2, passed=1, xfailed=1)


CLIENTS = {
    "httpx over ASGI": """
        import asyncio
        from httpx2 import ASGITransport, AsyncClient

        async def app(scope, receive, send):
            tell(FINDING)
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        def test_client(seeother_strict):
            async def ask():
                async with AsyncClient(transport=ASGITransport(app=app), base_url="http://a.test") as client:
                    assert (await client.get("/")).status_code == 200
            asyncio.run(ask())
        """,
    "Starlette": """
        from starlette.applications import Starlette
        from starlette.responses import Response
        from starlette.routing import Route
        from starlette.testclient import TestClient

        def page(request):
            tell(FINDING)
            return Response()

        def test_client(seeother_strict):
            with TestClient(Starlette(routes=[Route("/", page)])) as client:
                assert client.get("/").status_code == 200
        """,
    "Flask": """
        from flask import Flask

        app = Flask("shop")

        @app.get("/")
        def page():
            tell(FINDING)
            return ""

        def test_client(seeother_strict):
            assert app.test_client().get("/").status_code == 200
        """,
    "Django": """
        import django
        from django.conf import settings
        from django.http import HttpResponse
        from django.urls import path

        settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="x" * 50)
        django.setup()

        def page(request):
            tell(FINDING)
            return HttpResponse()

        urlpatterns = [path("", page)]

        def test_client(seeother_strict):
            from django.test import Client
            assert Client().get("/").status_code == 200
        """,
    "a server in a thread": """
        import threading, urllib.request
        from wsgiref.simple_server import make_server

        def app(environ, start_response):
            tell(FINDING)
            start_response("200 OK", [])
            return [b""]

        def test_client(seeother_strict):
            with make_server("127.0.0.1", 0, app) as server:
                thread = threading.Thread(target=server.handle_request)
                thread.start()
                assert urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/").status == 200
                thread.join()
        """,
}


@pytest.mark.parametrize("test", CLIENTS.values(), ids=CLIENTS)
def test_any_client_will_do(pytester: pytest.Pytester, test: str) -> None:
    """Whichever thread or loop the application runs in, what is found there fails the test."""
    pytester.makepyfile(HEAD + dedent(test))

    # Django is set up once a process.
    result = pytester.runpytest_subprocess(*PLUGIN)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["RED001 ambiguous-redirect (error)"])


def test_a_run_without_applications_does_not_wait_for_the_guard() -> None:
    """Every run of pytest loads the plugin: it imports nothing that takes time."""
    program = "import sys, seeother.testing.pytest as it; print('seeother.asgi' in sys.modules, it.__name__)"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path.cwd())

    assert done.stdout.split() == ["False", "seeother.testing.pytest"]
