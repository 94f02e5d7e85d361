# SPDX-License-Identifier: Apache-2.0
"""What the guard promises about actions: who may send them, that they happen once, and whose they are."""

from tests.contract.guard.cases_redirects import BY_MACHINE, JOURNEY, LINKED, ORDER, POST, to
from tests.contract.guard.exchange import FORM, JSON, MACHINE, PERSON, Ask, Case, Expect, Reply

ONCE = ORDER + 'idempotency = "required"\nprincipal = "shared"\n'
KEY = (*FORM, (b"idempotency-key", b'"8e03978e-40d5-43dd-bc93-6894a57f9324"'))
KEYED = Ask("POST", "/orders", KEY, b"sku=tea", by=MACHINE)
OTHER = Ask("POST", "/orders", KEY, b"sku=coffee", by=MACHINE)
SESSION = (b"cookie", b"sessionid=1")
FOREIGN = tuple([(name, b"cross-site" if name == b"sec-fetch-site" else value) for name, value in PERSON])
OLD = tuple([field for field in PERSON if not field[0].startswith(b"sec-")])
CREATED = Reply(201, JSON, (b'{"order": 7}',))
PAGE_OF_ORDER = Reply(pieces=(b"<!doctype html><title>Order 7</title>",))
REPLAYED = ("idempotency-replayed", "true")

CASES = (
    Case("an action with a key happens once", CREATED, (
        (KEYED, Expect(201, content=b'{"order": 7}', lacks=["idempotency-replayed"])),
        (KEYED, Expect(201, content=b'{"order": 7}', has=[REPLAYED])),
    ), more=ONCE, runs=1, shown=(("content", b"sku=tea"),)),
    Case("also where it redirects", to(), (
        (KEYED, Expect(303, {"RED001+"}, content=LINKED)),
        (KEYED, Expect(303, content=LINKED, has=[REPLAYED, ("location", "/orders/7")])),
    ), more=ONCE, runs=1),
    Case("the article's way: a second one is refused", CREATED, (
        (KEYED, Expect(201)), (KEYED, Expect(409, says=b"already")),
    ), more=ONCE + 'finished = "conflict"\n', runs=1),
    Case("a key is for one content", CREATED, (
        (KEYED, Expect(201)), (OTHER, Expect(422, says=b"key")),
    ), more=ONCE, runs=1),
    Case("no key, no action", CREATED, (
        (BY_MACHINE, Expect(400, {"IDM005"})),
    ), more=ONCE, runs=0),
    Case("what is too long to be compared is refused", CREATED, (
        (Ask("POST", "/orders", KEY, b"x" * ((1 << 20) + 1), by=MACHINE), Expect(413)),
    ), more=ONCE, runs=0),
    Case("an answer too long to be kept streams", Reply(pieces=(b"x" * (1 << 19),) * 3), (
        (KEYED, Expect(200, content=b"x" * (3 << 19))), (KEYED, Expect(409)),
    ), more=ONCE, runs=1),
    Case("an action that failed is not run again", Reply(500, JSON, (b'{"error": 1}',)), (
        (KEYED, Expect(500)), (KEYED, Expect(409)),
    ), more=ONCE, runs=1),
    Case("what is staged is part of the remembered answer", Reply(201, JSON, (b"{}",), cookie=b"tea"), (
        (KEYED, Expect(201, has=[("set-cookie", "basket=tea; Path=/; HttpOnly; SameSite=Lax")])),
        (KEYED, Expect(201, has=[REPLAYED, ("set-cookie", "basket=tea; Path=/; HttpOnly; SameSite=Lax")])),
    ), more=ONCE, runs=1),
    Case("a foreign page may not act", to(), (
        (Ask("POST", "/orders", FORM, b"sku=tea", by=FOREIGN), Expect(403, {"FRM002"}, says=b"<html")),
    ), more=ORDER, runs=0),
    Case("where no action is declared it is only told", to(), (
        (Ask("POST", "/orders", FORM, b"sku=tea", by=FOREIGN), Expect(303, {"FRM002", "RED001+"})),
    ), runs=1),
    Case("a provider's callback comes from elsewhere", to(), (
        (Ask("POST", "/hook", FORM, b"paid=7", by=FOREIGN), Expect(303, {"RED001+"})),
    ), more='[[route]]\nmatch = "POST /hook"\nkind = "callback"\n', runs=1),
    Case("an old browser's form needs its token where a cookie gives it power", to(), (
        (Ask("POST", "/orders", (*FORM, SESSION), b"sku=tea", by=OLD), Expect(403, {"FRM002"})),
    ), more=ORDER + "form_token = true\n", runs=0, inside=True),
    Case("a page that answers a POST gets an address of its own", PAGE_OF_ORDER, (
        (POST, Expect(303, has=[("cache-control", "no-store")])),
        (Ask(), Expect(200, says=b"<title>Order 7</title>")),
        (Ask(path="/.seeother/parked/nothing"), Expect(410, says=b"<html")),
    ), more=ORDER + "park = true\n" + JOURNEY, runs=1),
    Case("a parked page is for whoever has the session", PAGE_OF_ORDER, (
        (Ask("POST", "/orders", (*FORM, SESSION), b"sku=tea"), Expect(303, has=[("cache-control", "no-store")])),
        (Ask(fields=(SESSION,)), Expect(200, says=b"<title>Order 7</title>")),
    ), more=ORDER + 'park = true\nprincipal = "session:sessionid"\n', runs=1),
    Case("a journey begins at a step and goes on", to(status=303), (
        (Ask("POST", "/cart/items", FORM, b"sku=tea"), Expect(303, lacks=["x-seeother"])),
        (POST, Expect(303)),
    ), more=JOURNEY, runs=2),
    Case("a journey's page is for one person", Reply(), (
        (Ask("GET", "/orders/7", (SESSION,)), Expect(200, {"CAC005+"}, has=[("cache-control", "no-store")])),
    ), more=JOURNEY),
    Case("a trusted proxy is believed", to(b"https://shop.example/orders/7", 303), (
        (Ask("POST", "/orders", (
            *FORM, (b"x-forwarded-for", b"198.51.100.7"), (b"x-forwarded-proto", b"https"),
            (b"x-forwarded-host", b"shop.example"),
        ), b"sku=tea", by=((b"host", b"inner:8000"), *PERSON[1:]), client="10.0.0.2"),
            Expect(303, {"PRX004+"}, has=[("location", "/orders/7")])),
    ), site='trusted_proxies = ["10.0.0.0/8"]', shown=(
        ("scheme", "https"), ("host", "shop.example"), ("client", "198.51.100.7"),
    )),
    Case("what anybody else forwards is taken away", Reply(), (
        (Ask("GET", "/", ((b"x-forwarded-for", b"10.0.0.9"), (b"x-forwarded-host", b"evil.example"))), Expect(200)),
    ), site='trusted_proxies = ["10.0.0.0/8"]', shown=(
        ("forwarded", None), ("host", "shop.example"), ("client", "203.0.113.9"),
    )),
)  # fmt: skip
