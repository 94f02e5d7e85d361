# SPDX-License-Identifier: Apache-2.0
"""The URL configuration of a real Django site, read in a process of its own: Django is set up once in a process."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.draft.django import to_template

URLS = """
from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path
from django.views import View
from django.views.decorators.http import require_http_methods, require_POST

def page(request, **kwargs): return None
def cart(request):
    if request.method in ("POST", "PATCH"): return None
@login_required
def address(request): return request.POST
@require_POST
def order(request): return None
@login_required
@require_http_methods(["GET", "PUT"])
def pay(request, **kwargs): return None
def view_set(request): return None
view_set.actions = {"get": "list", "post": "create"}
class Thanks(View):
    def get(self, request): return None

urlpatterns = [
    path("admin/", admin.site.urls),
    path("products/<slug:slug>/", page),
    path("cart/", cart),
    path("checkout/", include([path("address/", address), path("thank-you/", Thanks.as_view())])),
    path("orders/", order),
    path("api/orders/", view_set),
    path("file-<name>", page),
    re_path(r"^orders/(?P<id>\\d+)/", include([re_path(r"^pay/?$", pay)])),
    re_path(r"^files/(?P<rest>.*)$", page),
    re_path(r"^v1\\.0/(\\d{4})/(\\w+)\\Z", page),
    re_path(r"^(?:a|b)/$", page),
    *i18n_patterns(path("info/", page)),
    *i18n_patterns(path("help/", page), prefix_default_language=False),
]
"""
SITE = """
from django.conf import settings
apps = ["admin", "auth", "contenttypes", "sessions", "messages"]
settings.configure(ROOT_URLCONF="urls", SECRET_KEY="x", INSTALLED_APPS=["django.contrib." + app for app in apps])
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
asgi = get_asgi_application()
wsgi = get_wsgi_application()
"""
READ = """
import json, sys, site_of_tests
from seeother.draft import read_routes
reading = read_routes(getattr(site_of_tests, sys.argv[1]))
print(json.dumps({
    "framework": reading.framework,
    "certain": sorted(str(route.pattern) for route in reading.routes if not route.is_assumed),
    "assumed": sorted(str(route.pattern) for route in reading.routes if route.is_assumed),
    "left_out": dict(reading.left_out),
}))
"""


@pytest.mark.parametrize("door", ["asgi", "wsgi"])
def test_reads_django(tmp_path: Path, door: str) -> None:
    """Converters, simple regular expressions, includes and languages; methods as decorators, classes or code say."""
    (tmp_path / "urls.py").write_text(URLS)
    (tmp_path / "site_of_tests.py").write_text(SITE)

    process = subprocess.run(
        [sys.executable, "-c", READ, door], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert process.stderr == ""
    assert json.loads(process.stdout) == {
        "framework": "Django",
        "certain": [
            "GET /api/orders/",
            "GET /checkout/thank-you/",
            "GET /orders/{id}/pay",
            "GET /orders/{id}/pay/",
            "POST /api/orders/",
            "POST /orders/",
            "PUT /orders/{id}/pay",
            "PUT /orders/{id}/pay/",
        ],
        "assumed": [
            "GET /cart/",
            "GET /checkout/address/",
            "GET /files/{rest:path}",
            "GET /help/",
            "GET /products/{slug}/",
            "GET /v1.0/{arg1}/{arg2}",
            "GET /{language}/help/",
            "GET /{language}/info/",
            "PATCH /cart/",
            "POST /cart/",
            "POST /checkout/address/",
        ],
        "left_out": {
            "/admin/": "the admin site is an office, not the shop",
            "/file-<name>": "make a placeholder a whole segment, as in {id}, not file-<name>",
            "/^(?:a|b)/$": "a regular expression that no path template can say",
        },
    }


@given(st.text())
def test_a_literal_is_its_own_template(text: str) -> None:
    """Whatever stands in it, once it is escaped."""
    assert to_template(re.escape(text)) == text


@given(st.text(alphabet="ab/\\()[]{}?P<>:.*+^$|-1"))
def test_any_regular_expression_is_read_or_refused(regex: str) -> None:
    """Never an error; what is read as a literal fits what it came from."""
    template = to_template(regex)

    if template is not None and "{" not in template:
        assert re.fullmatch(regex, template)


@pytest.mark.parametrize(
    "regex", [r"\d+", "a|b", "a*", "(?:a)", "(?P<id>(a|b))", "[ab]", "a{2}", ".", "(", "(?i)a", "\\"]
)
def test_what_no_template_can_say_is_refused(regex: str) -> None:
    """Choices, repetitions and classes outside a group."""
    assert to_template(regex) is None
