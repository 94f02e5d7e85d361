# SPDX-License-Identifier: Apache-2.0
"""The page of the breaker's states, from the table that the breaker itself goes by."""

from dataclasses import fields

from seeother.breaker import MEANINGS, TRANSITIONS, BreakerPolicy, Event, State
from tools.markdown import note, table


def grouped() -> dict[tuple[Event, State, str], list[State]]:
    """The transitions that differ only in where they begin, together."""
    groups: dict[tuple[Event, State, str], list[State]] = {}
    for each in TRANSITIONS:
        groups.setdefault((each.event, each.after, each.condition), []).append(each.before)
    return groups


def named(state: State) -> str:
    """A name that a diagram can use."""
    return state.replace("-", "_")


def diagram() -> str:
    """The states and what leads from one to another, as Mermaid draws it."""
    lines = ["stateDiagram-v2", "    [*] --> closed"]
    lines += [f'    state "{state}" as {named(state)}' for state in State if named(state) != state]
    lines += ['    state "any state" as any']
    for (event, after, _), befores in grouped().items():
        before = "any" if len(befores) > 1 else named(befores[0])
        lines.append(f"    {before} --> {named(after)}: {event}")
    return "```mermaid\n" + "\n".join(lines) + "\n```\n"


def number(value: object) -> str:
    """A default as a reader writes it."""
    return ", ".join(str(int(each)) for each in sorted(value)) if isinstance(value, frozenset) else str(value)


def states_page() -> str:
    """States, transitions and the numbers that decide about them."""
    states = table(["state", "meaning"], [[state, MEANINGS[state]] for state in State])
    rows = [[", ".join(befores), event, after, why] for (event, after, why), befores in grouped().items()]
    transitions = table(["from", "event", "to", "when"], rows)
    policy = BreakerPolicy()
    numbers = table(
        ["name", "default"], [[f"`{each.name}`", number(getattr(policy, each.name))] for each in fields(policy)]
    )
    return (
        note("src/seeother/breaker/state.py and breaker_policy.py")
        + "# States of a breaker\n\nWhy it is so: [When to stop asking](../explain/breaker.md).\n\n"
        + f"{diagram()}\n## States\n\n{states}\n## Transitions\n\n{transitions}\n"
        + "An event that has no row for a state changes nothing there.\n"
        + "Each transition begins a new generation; outcomes of calls that began in an earlier one do not count.\n\n"
        + f"## Numbers of a `BreakerPolicy`\n\n{numbers}"
    )
