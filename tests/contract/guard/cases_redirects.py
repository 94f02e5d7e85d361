# SPDX-License-Identifier: Apache-2.0
"""What the guard promises about redirects."""

from tests.contract.guard.exchange import FORM, MACHINE, PAGE, Ask, Case, Expect, Reply

ORDER = '[[route]]\nmatch = "POST /orders"\n'
JOURNEY = """
[[journey.checkout.step]]
name = "cart"
on = ["POST /cart/items"]
[[journey.checkout.step]]
name = "submit_order"
on = ["POST /orders"]
[[journey.checkout.step]]
name = "confirmation"
on = ["GET /orders/{id}"]
"""
POST = Ask("POST", "/orders", FORM, b"sku=tea")
BY_MACHINE = Ask("POST", "/orders", FORM, b"sku=tea", by=MACHINE)
EVIL = b'<a href="//evil.example/">'
LINKED = b'<a href="/orders/7">'


def to(target: bytes = b"/orders/7", status: int = 302, content: bytes | None = None) -> Reply:
    """A redirect, with a note that says the same if no other is given."""
    note = b'<a href="%s">' % target if content is None else content
    return Reply(status, (*PAGE, (b"location", target)), (note,))


CASES = (
    Case("302 after POST leaves as 303", to(), (
        (POST, Expect(303, {"RED001+"}, has=[("location", "/orders/7")], content=LINKED)),
    )),
    Case("303 after POST stays as it is", to(status=303), ((POST, Expect(303, has=[("location", "/orders/7")])),)),
    Case("302 after PUT may be meant", to(), (
        (Ask("PUT", "/orders", FORM, b"sku=tea"), Expect(302, {"RED001"})),
    )),
    Case("302 after GET is what it says", to(), ((Ask("GET", "/old"), Expect(302)),)),
    Case("observe changes nothing and tells all", to(b"//evil.example/"), (
        (POST, Expect(302, {"RED001", "SEC002"}, has=[("location", "//evil.example/")], content=EVIL)),
    ), site='mode = "observe"', more=ORDER + JOURNEY),
    Case("off is not there", to(b"//evil.example/"), (
        (POST, Expect(302, content=EVIL)),
    ), site='mode = "off"', more=ORDER),
    Case("strict fails the exchange", to(), (
        (POST, Expect(500, {"RED001+"}, fails=True)),
    ), site='mode = "strict"', differs=(
        ("django-middleware", Expect(500, {"RED001+"})),  # Django makes its page of every exception of a middleware
    )),
    Case("307 after an action is 303 where that is wanted", to(status=307), (
        (POST, Expect(303, {"RED002+"})),
    ), more=ORDER + 'repair = ["RED002"]\n'),
    Case("307 that is declared stays", to(status=307), (
        (POST, Expect(307)),
    ), more=ORDER + "preserves_method = true\n"),
    Case("an inner address is of no use outside", to(b"http://127.0.0.1:8000/orders/7", 303), (
        (POST, Expect(303, {"PRX003+"}, has=[("location", "/orders/7")])),
    )),
    Case("one's own address is made relative", to(b"http://shop.example/orders/7", 303), (
        (POST, Expect(303, {"PRX004+"}, has=[("location", "/orders/7")])),
    )),
    Case("nobody is sent to another host by two slashes", to(b"//evil.example/", 303), (
        (POST, Expect(409, {"SEC002+"}, lacks=["location"], has=[("cache-control", "no-store")], says=b"<html")),
    )),
    Case("nor by a backslash", to(b"/\\evil.example/", 303), (
        (BY_MACHINE, Expect(409, {"SEC002+"}, lacks=["location"], says=b"unsafe-redirect")),
    ), differs=(
        # Werkzeug makes it harmless.
        *[(each, Expect(303, has=[("location", "/%5Cevil.example/")])) for each in ("wsgi-flask", "proxy-flask")],
    )),
    Case("a redirect without content gets a link", to(status=303, content=b""), (
        (POST, Expect(303, {"RED009+"}, says=LINKED)),
    )),
    Case("HEAD has no content", to(status=303, content=b""), (
        (Ask("HEAD", "/orders/7"), Expect(303, content=b"")),
    )),
)  # fmt: skip
