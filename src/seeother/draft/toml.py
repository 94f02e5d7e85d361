# SPDX-License-Identifier: Apache-2.0
"""Writes a draft down as a `seeother.toml` that says why each thing is there, and that can be used as it is."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from seeother.journey import RouteKind
from seeother.message import Pattern
from seeother.policy import FORM_FIELD

from .drafting import Draft, DraftedStep, Entry, Suggestion
from .routes import Reading, Route

_MOST_LEFT_OUT = 30  # lines of what was left out; behind a large API nobody reads more
_SITE = """\
[site]
# Signs the journey's cookie: at least 16 characters, the same in every process. A fresh one: openssl rand -hex 32
secrets = ["env:SEEOTHER_SECRET"]
# The guard repairs what it finds. To begin with a day of findings in which nothing is changed:
# mode = "observe"
# The site's address as people see it; without it redirects stay relative, which is right for most.
# public_url = "https://shop.example"

[ledger]
# Where answered actions are remembered.
# url = "sqlite:///seeother-ledger.db"

[telemetry]
# Where rows are sent: `seeother watch` listens here.
# endpoint = "http://127.0.0.1:8304"
"""
_UPSTREAM = """\
# The guard stands before the shop's server, as a process of its own: `seeother guard`.
# [[upstream]]
# url = "http://127.0.0.1:8080"
"""
_ROUTES = """\
# ---- routes -------------------------------------------------------------------------------------------------------
# action    changes something. A redirect after it becomes 303, and what a page of another site sends to it is refused:
#           take an entry out if other sites are meant to send to it.
# callback  another server calls it; there is no person, and no origin to check.
# return    people come back here from another site, with that site as their origin.
# What is not here is only repaired where that needs no declaration.
#
# With idempotency an action is done once, however often it is sent: the answer is remembered under a key that the form
# brings (a hidden field {field}) or the client (the field Idempotency-Key). Nothing is remembered unless
# you say so: uncomment it where it is suggested, and once everybody brings a key, write "required". People are told
# apart by Authorization, a session cookie of a usual name, or their journey; `principal` names another cookie.
"""
_JOURNEY = """\
# ---- the journey --------------------------------------------------------------------------------------------------
# The steps in the order in which people take them, guessed from words in the paths: check each. `on` are the exchanges
# that are attempts of a step, `page` those that people look at. Who has reached the last step has succeeded.
"""
_EXAMPLE = """\
# Nothing here looks like a checkout: no cart, no checkout, no orders. So this is only an example; put your own paths in
# and uncomment it.
#
# [journey.checkout]
# abandoned_after = "30m"
#
# [[journey.checkout.step]]
# name = "cart"
# on = ["GET /cart"]
# page = ["GET /cart"]
#
# [[journey.checkout.step]]
# name = "submit_order"
# on = ["POST /orders"]
"""
_SUGGESTIONS = {
    Suggestion.NONE: (),
    Suggestion.PERHAPS: ('# idempotency = "key"  # if doing it twice would hurt',),
    Suggestion.ORDERS: ('# idempotency = "key"  # twice costs somebody money',),
    Suggestion.SENDER: ('# idempotency = "callback"  # if the sender gives each message a Webhook-Id',),
}
# A shop that is guarded from outside puts no key into its forms: their fields tell one from another.
_OUTSIDE = {
    Suggestion.PERHAPS: ('# idempotency = "form"  # if doing it twice would hurt',),
    Suggestion.ORDERS: ('# idempotency = "form"  # twice costs somebody money',),
}
_ORDER = (RouteKind.ACTION, RouteKind.CALLBACK, RouteKind.RETURN)
_FORM_AGAIN = frozenset({400, 409, 422})
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def to_toml(draft: Draft, reading: Reading, source: str, *, outside: bool = False) -> str:
    """The file's text; `source` is where the routes were read, as the operator wrote it.

    `outside`: the guard will stand before the shop, whose code nobody can change.
    """
    head = (
        f"# Drafted by `seeother init` from the routes of {_comment(source)} ({reading.framework}).\n"
        "# It can be used as it is; read it once, for it was guessed from names. `seeother check` says what it means.\n"
    )
    left_out = _left_out(reading)
    entries = [entry for kind in _ORDER for entry in draft.entries if entry.kind is kind]
    about = _ROUTES.format(field=FORM_FIELD)
    suggestions = _SUGGESTIONS | _OUTSIDE if outside else _SUGGESTIONS
    routes = [about, *[_entry(entry, suggestions) for entry in entries]]
    if not entries:
        routes = [about + "#\n# None of the routes changes anything.\n"]
    seen = f"# Their order is that of {draft.people} visit{'s' * (draft.people > 1)}.\n" if draft.people else ""
    journey = [_JOURNEY + seen + '\n[journey.checkout]\nabandoned_after = "30m"\n', *map(_step, draft.steps)]
    site = [_SITE, _UPSTREAM] if outside else [_SITE]
    return "\n".join([head, *site, *routes, *(journey if draft.steps else [_EXAMPLE]), *left_out])


def _entry(entry: Entry, suggestions: Mapping[Suggestion, Sequence[str]]) -> str:
    assumed = "; the method is taken from the view's code, check it" if entry.route.is_assumed else ""
    lines = (
        f"# {entry.reason}{assumed}{_seen(entry.route)}.",
        "[[route]]",
        f"match = {_quoted(str(entry.route.pattern))}",
        f'kind = "{entry.kind}"',
        *suggestions[entry.suggestion],
        *_dialogue(entry),
    )
    return _joined(lines)


def _seen(route: Route) -> str:
    """How it was answered, as far as that was seen."""
    counts = [f"{status or 'nothing'} ({count})" for status, count in route.seen]
    return f"; answered {', '.join(counts)}" if counts else ""


def _dialogue(entry: Entry) -> Sequence[str]:
    """The errors by which a form may have been shown again."""
    shown = sorted({status for status, _ in entry.route.seen} & _FORM_AGAIN)
    if entry.kind is not RouteKind.ACTION or not shown:
        return ()
    return (f"# dialogue = {shown}  # if that is the form again, with what is wrong in it",)


def _step(step: DraftedStep) -> str:
    lines = [
        f"# {step.reason}. Check this.",
        "[[journey.checkout.step]]",
        f'name = "{step.name}"',
        f"on = {_list(step.on)}",
        *([f"page = {_list(step.page)}"] if step.page else []),
        *(["optional = true"] if step.optional else []),
    ]
    return _joined(lines)


def _left_out(reading: Reading) -> list[str]:
    """What nobody could read, so that it is not missed by accident."""
    if not reading.left_out:
        return []
    shown = [f"# {_comment(each.path)}: {_comment(each.reason)}" for each in reading.left_out[:_MOST_LEFT_OUT]]
    more = len(reading.left_out) - len(shown)
    return [_joined(["# ---- left out: declare these yourself if people use them", *shown, *_more(more)])]


def _more(count: int) -> Sequence[str]:
    return [f"# and {count} more"] if count else []


def _list(patterns: Sequence[Pattern]) -> str:
    """A list in one line, or one item a line when it would get long."""
    items = [_quoted(str(pattern)) for pattern in patterns]
    if len(items) <= 2:  # noqa: PLR2004 - what fits on a screen
        return f"[{', '.join(items)}]"
    return "[\n" + "".join([f"    {item},\n" for item in items]) + "]"


def _quoted(text: str) -> str:
    """A TOML string; JSON's escapes are TOML's, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    """What may stand in a comment: one line, without control characters."""
    return _UNWRITABLE.sub(" ", text).encode("utf-8", "replace").decode()


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"
