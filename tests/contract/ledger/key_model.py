# SPDX-License-Identifier: Apache-2.0
"""One key of a ledger as its callers see it, for the linearizability checker.

Leases are longer than a history, so that no state changes by itself; but for a claim of which nobody heard: if it was
granted, the store may give it back at any time, or let it become unknown.
"""

from dataclasses import dataclass
from typing import Literal

Verb = Literal["claim", "rerun", "renew", "settle", "release", "abandon", "clear"]
LOST = -1  # the token of a claim that was granted to somebody who never heard of it
FREE, RUNNING, UNKNOWN, FINISHED = "free", "running", "unknown", "finished"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of a key, with the token it was asked by, and what was said.

    A claim says granted, running, finished, unknown or mismatch, with the token or the answer; the others yes or no.
    None: nobody heard.
    """

    verb: Verb
    said: str | None
    token: int = 0
    answer: int = 0
    fingerprint: int = 0


@dataclass(frozen=True, slots=True)
class Key:
    """How a key stands; `highest` is the last token that was heard of."""

    standing: str = FREE
    token: int = 0
    fingerprint: int = 0
    answer: int = 0
    highest: int = 0


def step(key: Key, asked: Asked) -> frozenset[Key]:
    """The states that the key may be in afterwards."""
    if asked.verb in {"claim", "rerun"}:
        befores = [key]
        if key.token == LOST and key.standing == RUNNING:
            befores += [_as(key, FREE), _as(key, UNKNOWN)]
        return frozenset([after for before in befores for after in _claimed(before, asked)])
    return _moved(key, asked)


def _claimed(key: Key, asked: Asked) -> list[Key]:
    is_free = key.standing == FREE
    is_same = key.fingerprint == asked.fingerprint
    if not is_free and key.standing == UNKNOWN and is_same and asked.verb == "rerun":
        is_free = True
    if asked.said is None:
        return [key, Key(RUNNING, LOST, asked.fingerprint, 0, key.highest)] if is_free else [key]
    if asked.said == "granted":
        if not is_free or asked.token <= key.highest:
            return []
        return [Key(RUNNING, asked.token, asked.fingerprint, 0, asked.token)]
    if is_free:
        return []
    expected = key.standing if is_same else "mismatch"
    return [key] if asked.said == expected and (expected != FINISHED or asked.answer == key.answer) else []


def _moved(key: Key, asked: Asked) -> frozenset[Key]:
    is_ours = key.token == asked.token and key.standing != FREE
    may = {
        "renew": is_ours and key.standing == RUNNING,
        "settle": is_ours and key.standing in {RUNNING, UNKNOWN},
        "release": is_ours and key.standing == RUNNING,
        "abandon": is_ours and key.standing == RUNNING,
        "clear": is_ours and key.standing == UNKNOWN,
    }[asked.verb]
    after = key
    if may and asked.verb == "settle":
        after = Key(FINISHED, key.token, key.fingerprint, asked.answer, key.highest)
    elif may and asked.verb in {"release", "clear"}:
        after = _as(key, FREE)
    elif may and asked.verb == "abandon":
        after = _as(key, UNKNOWN)
    if asked.said is None:
        return frozenset({key, after})
    return frozenset({after}) if asked.said == ("yes" if may else "no") else frozenset()


def _as(key: Key, standing: str) -> Key:
    return Key(standing, 0 if standing == FREE else key.token, key.fingerprint, 0, key.highest)
