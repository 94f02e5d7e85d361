# SPDX-License-Identifier: Apache-2.0
"""What the guard promises about the ways in which an action is told from another, with every framework."""

from tests.contract.guard.cases_actions import CREATED, KEY, KEYED, REPLAYED, SESSION
from tests.contract.guard.cases_redirects import JOURNEY, ORDER, to
from tests.contract.guard.exchange import FORM, JSON, MACHINE, Ask, Case, Expect, Reply

BY_FORM = ORDER + 'idempotency = "form"\n'
HOOK = '[[route]]\nmatch = "POST /orders"\nkind = "callback"\nidempotency = "callback"\n'
BARE = tuple([(name, value.strip(b'"')) for name, value in KEY])
BOTH = (*KEY, (b"x-idempotency-key", b"another"))
LOGIN = Reply(201, (*JSON, (b"set-cookie", b"sessionid=2; Path=/; HttpOnly; SameSite=Lax")), (b"{}",))


def parts(boundary: str, token: str) -> Ask:
    """A form with a file, as a browser sends it."""
    lines = [
        f"--{boundary}", 'Content-Disposition: form-data; name="csrfmiddlewaretoken"', "", token,
        f"--{boundary}", 'Content-Disposition: form-data; name="sku"', "", "tea",
        f"--{boundary}", 'Content-Disposition: form-data; name="f"; filename="a"', "Content-Type: text/plain", "", "1",
        f"--{boundary}--", "",
    ]  # fmt: skip
    kind = ((b"content-type", f"multipart/form-data; boundary={boundary}".encode()),)
    return Ask("POST", "/orders", (*kind, SESSION), "\r\n".join(lines).encode())


def form(content: bytes, *fields: tuple[bytes, bytes]) -> Ask:
    """A form that a person sends."""
    return Ask("POST", "/orders", (*FORM, *fields), content)


CASES = (
    Case("a form without a key is known by its fields", to(status=303), (
        (form(b"sku=tea&csrf_token=1", SESSION), Expect(303, lacks=["idempotency-replayed"])),
        (form(b"sku=tea&csrf_token=2", SESSION), Expect(303, has=[REPLAYED, ("location", "/orders/7")])),
    ), more=BY_FORM, runs=1),
    Case("also a form with a file, whatever parts it", to(status=303), (
        (parts("----one", "x"), Expect(303)), (parts("----two", "y"), Expect(303, has=[REPLAYED])),
    ), more=BY_FORM, runs=1),
    Case("a form of nobody is nobody else's duplicate", to(status=303), (
        (form(b"sku=tea"), Expect(303, {"GRD002"})), (form(b"sku=tea"), Expect(303, {"GRD002"})),
    ), more=BY_FORM, runs=2),
    Case("a form's key stands in the form", CREATED, (
        (form(b"sku=tea&idempotency_key=k1", SESSION), Expect(201)),
        (form(b"sku=tea&idempotency_key=k1", SESSION), Expect(201, has=[REPLAYED])),
        (form(b"sku=tea&idempotency_key=k2", SESSION), Expect(201, lacks=["idempotency-replayed"])),
    ), more=ORDER + 'idempotency = "required"\n', runs=2),
    Case("nobody's action happens once, and nobody gets another's answer", CREATED, (
        (KEYED, Expect(201)), (KEYED, Expect(409, says=b"already")),
    ), more=ORDER + 'idempotency = "required"\n', runs=1),
    Case("a login does not make another action of the same form", LOGIN, (
        (form(b"sku=tea&idempotency_key=k1", SESSION), Expect(201)),
        (form(b"sku=tea&idempotency_key=k1"), Expect(201, has=[REPLAYED])),
    ), more=ORDER + 'idempotency = "required"\n', runs=1),
    Case("the first step's journey is who sent it", CREATED, (
        (form(b"sku=tea&idempotency_key=k1"), Expect(201)),
        (form(b"sku=tea&idempotency_key=k1"), Expect(201, has=[REPLAYED])),
    ), more=ORDER + 'idempotency = "required"\n' + JOURNEY, runs=1),
    Case("a key without quotes is told once", CREATED, (
        (Ask("POST", "/orders", BARE, b"sku=tea", by=MACHINE), Expect(201, {"IDM005"})),
        (Ask("POST", "/orders", BARE, b"sku=tea", by=MACHINE), Expect(201, has=[REPLAYED])),
    ), more=ORDER + 'idempotency = "required"\nprincipal = "shared"\n', runs=1),
    Case("two keys are none", CREATED, (
        (Ask("POST", "/orders", BOTH, b"sku=tea", by=MACHINE), Expect(400, {"IDM005"})),
    ), more=ORDER + 'idempotency = "required"\nprincipal = "shared"\n', runs=0),
    Case("a callback's duplicate is a success", Reply(204, (), (b"",)), (
        (Ask("POST", "/orders", (*JSON, (b"webhook-id", b"m1")), b"{}", by=MACHINE), Expect(204)),
        (Ask("POST", "/orders", (*JSON, (b"webhook-id", b"m1")), b"{}", by=MACHINE), Expect(204, has=[REPLAYED])),
    ), more=HOOK, runs=1),
    Case("also where its id is in the content", Reply(204, (), (b"",)), (
        (Ask("POST", "/orders", JSON, b'{"id": "m1"}', by=MACHINE), Expect(204)),
        (Ask("POST", "/orders", JSON, b'{"id": "m1"}', by=MACHINE), Expect(204, has=[REPLAYED])),
        (Ask("POST", "/orders", JSON, b'{"id": "m2"}', by=MACHINE), Expect(204, lacks=["idempotency-replayed"])),
    ), more=HOOK + 'event_id = "json:id"\n', runs=2),
)  # fmt: skip
