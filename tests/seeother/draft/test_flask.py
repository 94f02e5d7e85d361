# SPDX-License-Identifier: Apache-2.0
"""The rules of real Flask applications."""

from flask import Blueprint, Flask
from flask.views import MethodView

from tests.seeother.draft.reading import read, reasons, shown


def answer(**_: object) -> str:
    """Answer with nothing."""
    return ""


class Cart(MethodView):
    """Methods by name."""

    def get(self) -> str:
        """The cart."""
        return ""

    def delete(self) -> str:
        """Empty it."""
        return ""


def test_reads_flask() -> None:
    """Converters, blueprints with prefixes and classes; a redirecting rule answers nothing of its own."""
    app = Flask("shop", static_folder=None)
    app.add_url_rule("/orders", "orders", answer, methods=["POST"])
    app.add_url_rule("/orders/<int:order_id>", "order", answer)
    app.add_url_rule("/<string(length=2):lang>/files/<path:rest>", "files", answer)
    app.add_url_rule("/feed.<ending>", "feed", answer)
    app.add_url_rule("/old", "old", answer, redirect_to="/new")
    app.add_url_rule("/cart", view_func=Cart.as_view("cart"))
    checkout = Blueprint("checkout", "shop", url_prefix="/checkout")
    checkout.add_url_rule("/", "start", answer, methods=["GET", "POST"])
    app.register_blueprint(checkout, url_prefix="/<country>/checkout")

    reading = read(app)

    assert reading.framework == "Flask"
    assert shown(reading) == [
        "DELETE /cart",
        "GET /cart",
        "GET /orders/{order_id}",
        "GET /{country}/checkout/",
        "GET /{lang}/files/{rest:path}",
        "POST /orders",
        "POST /{country}/checkout/",
    ]
    assert reasons(reading) == {
        "/feed.<ending>": "make a placeholder a whole segment, as in {id}, not feed.<ending>",
    }
