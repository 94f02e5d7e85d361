# SPDX-License-Identifier: Apache-2.0
"""A rule's page in Markdown: metadata, prose and cases."""

from .case import read_cases
from .rule import Repair, Rule

_REPAIRS = {
    Repair.DEFAULT: "by default",
    Repair.OPT_IN: "when a route asks for it",
    Repair.NONE: "never; it reports",
}


def to_markdown(rule: Rule) -> str:
    """The whole page, ending with a newline; a rule that only a probe can show has no cases."""
    prose = rule.prose
    parts = [
        f"# {rule.code} {rule.name}",
        prose.statement,
        "\n".join(
            [
                f"- Severity: {rule.severity}",
                f"- Source: {rule.source}",
                f"- Seen in: {', '.join(rule.visibility)}",
                f"- The guard repairs it: {_REPAIRS[rule.repair]}",
            ]
        ),
    ]
    parts += [f"## {head}\n\n{body}" for head, body in prose.sections.items()]
    if cases := read_cases(rule):
        parts += ["## Cases", *["#" + case.text for case in cases]]
    return "\n\n".join(parts) + "\n"
