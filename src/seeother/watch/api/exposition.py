# SPDX-License-Identifier: Apache-2.0
"""The text format of Prometheus (exposition formats, version 0.0.4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric with its samples: labels and value."""

    name: str
    help: str
    samples: Sequence[tuple[Mapping[str, str], float]]
    kind: str = "counter"


def to_text(metrics: Iterable[Metric]) -> str:
    """All metrics as Prometheus reads them."""
    lines: list[str] = []
    for metric in metrics:
        lines += [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} {metric.kind}"]
        lines += [f"{metric.name}{_labels(labels)} {value:.17g}" for labels, value in metric.samples]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    pairs = ",".join([f'{name}="{value.translate(_ESCAPES)}"' for name, value in labels.items()])
    return "{" + pairs + "}" if pairs else ""
