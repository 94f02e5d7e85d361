# SPDX-License-Identifier: Apache-2.0
"""The one table of settings: the reader, the documentation and every message are fed from it.

A section in capitals (NAME) stands for a name that the operator chooses.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from seeother.journey import RouteKind
from seeother.policy import (
    BY_DECLARATION,
    KNOWN,
    REPAIRS,
    SESSION_COOKIES,
    WEBHOOK_ID,
    AfterCrash,
    AfterFinish,
    Idempotency,
    InFlight,
    LedgerDown,
    Oversize,
)

from . import readers
from .readers import Reader

_REPAIRED = readers.codes(REPAIRS)
_COOKIES = ", ".join(name.decode() for name in SESSION_COOKIES)
_LEFT = readers.codes({*REPAIRS, *BY_DECLARATION})


class Mode(StrEnum):
    """How much the guard may do; `strict` raises on a finding, for tests."""

    OFF = "off"
    OBSERVE = "observe"
    REPAIR = "repair"
    STRICT = "strict"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. Without a default it must be given; a `planned` one is accepted and does nothing yet."""

    section: str
    name: str
    read: Reader
    help: str
    default: object = None
    required: bool = False
    planned: bool = False


SETTINGS = (
    Setting("site", "mode", readers.choice(Mode), "How much the guard does: off, observe (reports, changes nothing), "
            "repair, strict (raises on a finding, for tests).", Mode.REPAIR),
    Setting("site", "public_url", readers.url, "The site's address as people see it; https makes cookies Secure."),
    Setting("site", "secrets", readers.texts, "Secrets of at least 16 characters; the first signs, all verify. "
            "Needed as soon as there is a journey.", ()),
    Setting("site", "trusted_services", readers.networks, "Own services whose baggage may name the journey.", ()),
    Setting("site", "trusted_proxies", readers.networks, "Proxies whose forwarded fields are believed; from all others "
            "they are taken away. Without any, nothing is believed and nothing taken away.", ()),
    Setting("site", "trusted_origins", readers.origins, "Other origins whose pages may send forms to actions.", ()),
    Setting("site", "redirect_hosts", readers.texts, "Hosts beside the site's own that redirects may lead to. With one "
            "or more given, redirects to any other are refused.", ()),
    Setting("site", "repair", _REPAIRED, "Rules whose opt-in repair is wanted everywhere.", frozenset[str]()),
    Setting("site", "leave", _LEFT, "Rules that are reported and never repaired.", frozenset[str]()),
    Setting("site", "retry_after", readers.duration, "What 429 and 503 say when the application names no time; up to "
            "half as much is added by chance.", timedelta(seconds=5)),
    Setting("site", "way_on", readers.path, "Where the guard's own pages lead on to.", "/"),
    Setting("site", "deadline", readers.duration, "After so long without a first byte nobody is kept waiting: actions "
            "go on and people are sent to the outcome page, anything else is cancelled and answered 504. Kept under "
            "ASGI."),
    Setting("site", "fallback", readers.text, "A template of your own for the guard's pages; a built-in one else."),

    Setting("route", "match", readers.pattern, "Method and path template of the route.", required=True),
    Setting("route", "kind", readers.choice(RouteKind), "What the route is for: action, routing, callback, return.",
            RouteKind.ACTION),
    Setting("route", "idempotency", readers.choice(Idempotency), "Where an action's key comes from: off, key (may be "
            "missing), required, form (made of the form's fields where there is no key), callback (the event's id).",
            Idempotency.OFF),
    Setting("route", "event_id", readers.event_id, "Where a callback has its event's id: header:NAME, json:NAME (a.b "
            "for a member of a member), form:NAME.", WEBHOOK_ID),
    Setting("route", "window", readers.duration, "How long mode form remembers an answer for whoever sends the same "
            "again; a key is remembered for a day.", timedelta(seconds=10)),
    Setting("route", "csrf_fields", readers.form_fields, "Form fields that change from page to page and do not tell "
            "actions apart. The usual ones are known.", frozenset[str]()),
    Setting("route", "in_flight", readers.choice(InFlight), "Which duplicates are held until the first is answered: "
            "people (who look at a page), wait (all), conflict (none). The others get 409 and when to come again.",
            InFlight.PEOPLE),
    Setting("route", "finished", readers.choice(AfterFinish), "What a duplicate gets once the first is done: replay, "
            "conflict.", AfterFinish.REPLAY),
    Setting("route", "principal", readers.principal, "What tells people apart: known (Authorization and the session "
            f"cookies of the usual names: {_COOKIES}), authorization, session:COOKIE, shared (nobody is; whoever has "
            "the key gets the answer). Else the journey's cookie does; whoever has none gets no other's answer.",
            KNOWN),
    Setting("route", "per_host", readers.flag, "Whether each Host has keys of its own: for several shops behind one "
            "guard, where no proxy puts its own name into Host.", default=False),
    Setting("route", "remember", readers.status_classes, "Status classes whose answers are remembered; of a "
            "transactional route 2xx and 3xx at least.", frozenset({2, 3, 4})),
    Setting("route", "dialogue", readers.error_statuses, "Error statuses that are part of the conversation, such as a "
            "form shown again: no failed attempt, and the key stays free.", frozenset[int]()),
    Setting("route", "after_crash", readers.choice(AfterCrash), "When nobody knows how an action ended: unknown (409), "
            "rerun (only where running twice does no harm).", AfterCrash.UNKNOWN),
    Setting("route", "reconcile", readers.function, "A function module:name that is asked what became of an action "
            "whose outcome is unknown."),
    Setting("route", "transactional", readers.flag, "Whether the handler takes the claim into its own transaction "
            "(`seeother.ledger.once`), so that what was not committed has not happened; with `idempotency`.",
            default=False),
    Setting("route", "oversize", readers.choice(Oversize), "What a duplicate gets when the first answer was too long "
            "to be kept: unknown (409), redirect (303 to the outcome page).", Oversize.UNKNOWN),
    Setting("route", "ledger_down", readers.choice(LedgerDown), "When the ledger cannot be asked: refuse (503), "
            "proceed.", LedgerDown.REFUSE),
    Setting("route", "success", readers.statuses, "The contract: statuses of success that the route answers.",
            frozenset[int]()),
    Setting("route", "errors", readers.error_statuses, "The contract: error statuses that the route answers.",
            frozenset[int]()),
    Setting("route", "preserves_method", readers.flag, "Whether 307 and 308 are meant, content and all.",
            default=False),
    Setting("route", "problems", readers.flag, "Whether the application's own JSON errors become problem details, too.",
            default=False),
    Setting("route", "form_token", readers.flag, "Whether a form must carry the guard's token where the browser does "
            "not say where it comes from, as before 2020.", default=False),
    Setting("route", "park", readers.flag, "Whether a page that answers a POST gets an address of its own, and the "
            "POST a 303 to it.", default=False),
    Setting("route", "outcome_page", readers.path, "Where people learn what became of an action whose outcome is "
            "unknown; a built-in page else."),
    Setting("route", "deadline", readers.duration, "As for the site, instead of it."),
    Setting("route", "repair", _REPAIRED, "Rules whose opt-in repair is wanted here.", frozenset[str]()),
    Setting("route", "leave", _LEFT, "Rules that are reported and not repaired here.", frozenset[str]()),

    Setting("ledger", "url", readers.ledger_url, "Where answered actions are remembered: sqlite:///PATH, memory://, "
            "redis://HOST/0, postgresql://HOST/DATABASE.", "sqlite:///seeother-ledger.db"),

    Setting("telemetry", "endpoint", readers.url, "Where rows are sent as OTLP/HTTP; nothing is sent without it."),
    Setting("telemetry", "token", readers.bearer, "What the endpoint wants to be shown; watch does, if it has one."),
    Setting("telemetry", "service", readers.name, "The service's name in telemetry.", "shop"),

    Setting("journey.NAME", "abandoned_after", readers.duration, "Idle for so long, a journey has ended.",
            timedelta(minutes=30)),
    Setting("journey.NAME", "timeout", readers.duration, "Open for so long, a journey has timed out; at most 3650d.",
            timedelta(hours=24)),
    Setting("journey.NAME.step", "name", readers.name, "The step's name.", required=True),
    Setting("journey.NAME.step", "on", readers.patterns, "The exchanges that are attempts of the step.", required=True),
    Setting("journey.NAME.step", "page", readers.patterns, "The page whose timing belongs to the step.", ()),
    Setting("journey.NAME.step", "optional", readers.flag, "Whether the step may be left out.", default=False),
    Setting("journey.NAME.slo", "success", readers.unread, "The share of journeys that should succeed.", planned=True),
    Setting("journey.NAME.slo", "dom_complete", readers.unread, "How fast its pages should be.", planned=True),
    Setting("journey.NAME.slo", "window", readers.unread, "The period of the objective.", planned=True),

    Setting("watch", "host", readers.text, "The address that watch listens on.", "127.0.0.1"),
    Setting("watch", "port", readers.port, "The port that watch listens on.", 8304),
    Setting("watch", "store", readers.text, "Where watch keeps its tables: chdb:///PATH, or chdb://PATH from "
            "the working directory on; or a server, clickhouse://USER:PASSWORD@HOST:PORT/DATABASE (clickhouses:// with "
            "TLS), by HTTP.", "chdb://seeother-watch"),
    Setting("watch", "folder", readers.text, "Where a watch whose store is on a server keeps what it alone remembers: "
            "what came in, what is going in, how far it read an access log.", "seeother-watch"),
    Setting("watch", "cluster", readers.text, "The cluster of a clickhouse:// store; its tables are then replicated "
            "and distributed."),
    Setting("watch", "journey_id", readers.text, "The attribute that tells people apart on spans of shops without a "
            "guard.", "session.id"),
    Setting("watch", "keep", readers.duration, "How long spans, log records and steps are kept; at least two hours, "
            "and twice every journey's abandoned_after.", timedelta(days=30)),
    Setting("watch", "keep_counts", readers.duration, "How long counts and journeys are kept.", timedelta(days=400)),
    Setting("watch", "token", readers.bearer, "What callers must show when watch listens beyond this machine."),
    Setting("watch", "hosts", readers.hosts, "Names by which watch answers without a token, beside localhost and "
            "addresses; only such as nobody else can point to this machine.", ()),
    Setting("watch", "ingest_keys", readers.bearers, "Keys that servers show to send telemetry, and that open nothing "
            "else; the token opens that too.", ()),
    Setting("watch", "origins", readers.origins, "Sites whose pages may send to /v1/browser, beside pages of the host "
            "that they send to.", ()),
    Setting("watch", "trusted_proxies", readers.networks, "Proxies before watch whose word counts for where a page's "
            "request came from.", ()),

    Setting("proxy", "host", readers.text, "The address that `seeother guard` listens on.", "127.0.0.1"),
    Setting("proxy", "port", readers.port, "The port that `seeother guard` listens on.", 8305),
    Setting("proxy", "drain", readers.duration, "How long requests under way may take when `seeother guard` is told to "
            "end.", timedelta(seconds=30)),

    Setting("upstream", "match", readers.path, "The paths that this server answers: this one and all below it; the "
            "longest that fits counts.", "/"),
    Setting("upstream", "url", readers.server_url, "The server's address: scheme, host and port.", required=True),
    Setting("upstream", "connect", readers.duration, "How long a connection may take.", timedelta(seconds=3)),
    Setting("upstream", "read", readers.duration, "How long the server may send nothing: until its answer begins, and "
            "within it. Server-sent events may be silent for ever.", timedelta(seconds=60)),
    Setting("upstream", "total", readers.duration, "How long an answer may take from first to last; no bound without."),
    Setting("upstream", "concurrent", readers.count, "Requests at a time; more are answered 503 at once.", 10_000),
    Setting("upstream", "pause", readers.duration, "How long a server is not asked after half of what it was asked has "
            "failed.", timedelta(seconds=2)),
    Setting("upstream", "health", readers.path, "What is asked to learn whether the server is well; without, it is "
            "well if it accepts a connection."),

    Setting("alerts", "notify", readers.unread, "Whom to tell, as Apprise addresses.", planned=True),
)  # fmt: skip


def settings_of(section: str) -> dict[str, Setting]:
    """The settings of a section, by name."""
    return {setting.name: setting for setting in SETTINGS if setting.section == section}
