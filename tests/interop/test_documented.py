# SPDX-License-Identifier: Apache-2.0
"""What the documentation tells people to give their Collector: it takes it, and does what the page says."""

import re
import subprocess
import time
from pathlib import Path

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind

from tests.interop.watching import await_that, watching
from tests.servers.program import free_port, listens, running

pytestmark = pytest.mark.timeout(120)
PAGES = [Path(__file__).parents[2] / "docs/how-to" / name for name in ("scale.md", "telemetry.md")]
BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.DOTALL | re.MULTILINE)
CONFIGURATIONS: list[str] = [block for page in PAGES for block in BLOCK.findall(page.read_text(encoding="utf-8"))]
SAMPLED = next(each for each in CONFIGURATIONS if "tail_sampling" in each)


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=range(len(CONFIGURATIONS)))
def test_a_documented_configuration_is_one(collector: Path, tmp_path: Path, configuration: str) -> None:
    """Whole, with parts that there are, and without a word of warning."""
    (tmp_path / "collector.yaml").write_text(configuration)
    command: list[str | Path] = [collector, "validate", "--config", tmp_path / "collector.yaml"]

    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")


def test_journeys_are_sampled_whole(collector: Path, tmp_path: Path) -> None:
    """What the guard recorded is all there; of other spans a sixteenth of the journeys, and all that failed."""
    port = free_port()
    with watching(tmp_path) as watch:
        told = SAMPLED.replace("127.0.0.1:4318", f"127.0.0.1:{port}").replace("decision_wait: 30s", "decision_wait: 1s")
        told = told.replace("http://watch.internal:8304", str(watch.base_url))
        told = told.replace("service:\n", "service:\n  telemetry: {metrics: {level: none}}\n")
        (tmp_path / "collector.yaml").write_text(told)
        (tmp_path / "running").mkdir()
        command: list[str | Path] = [collector, "--config", tmp_path / "collector.yaml"]
        with running(command, directory=tmp_path / "running", ready=lambda: listens(port)):
            _send(f"http://127.0.0.1:{port}/v1/traces")
            await_that(lambda: watch.get("/readyz").json()["spans"] >= GUARDED + SIXTEENTH + FAILED)
            time.sleep(3)  # for what should not come
        spans = watch.get("/readyz").json()["spans"]

    assert spans == GUARDED + SIXTEENTH + FAILED


GUARDED, SIXTEENTH, FAILED = (
    160,
    10 * 2,
    5 * 2,
)  # spans: a host has two an exchange; those that failed are not in the 16th


def _send(address: str) -> None:
    """160 journeys of one exchange each: two spans of the host's and, in a trace of its own, the guard's."""
    provider = TracerProvider(resource=Resource({"service.name": "shop"}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(address)))
    for number in range(160):
        told: dict[str, str | int] = {
            "journey.name": "checkout",
            "journey.id": f"{number % 16:x}{number:031x}",
            "http.response.status_code": 502 if number % 32 == 1 else 200,
        }
        host = provider.get_tracer("host")
        with host.start_as_current_span("GET /cart", kind=SpanKind.SERVER, attributes=told):
            host.start_span("SELECT").end()
            provider.get_tracer("seeother").start_span("GET /cart", kind=SpanKind.SERVER, attributes=told).end()
    provider.shutdown()
