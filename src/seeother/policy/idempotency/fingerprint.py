# SPDX-License-Identifier: Apache-2.0
"""What tells one action from another: a digest of its method, its target and what it brings."""

from collections.abc import Iterable, Iterator
from hashlib import sha256

from seeother.message import Request
from seeother.policy.forgery import TOKEN_FIELD

from .form import FormField

# Fields against forgery change from page to page, or with each sending, while the action stays the same. In lower case.
CSRF_FIELDS = frozenset(
    {
        TOKEN_FIELD.encode(),
        b"csrfmiddlewaretoken",  # Django
        b"csrf_token",  # Flask-WTF
        b"_csrf",  # Spring, csurf
        b"authenticity_token",  # Rails
        b"_token",  # Laravel, Symfony
        b"_csrf_token",  # Symfony, Phoenix
        b"__requestverificationtoken",  # ASP.NET
        b"csrftoken",  # Play, Auth.js
        b"_csrftoken",  # CakePHP
        b"_xsrf",  # Tornado
        b"yii_csrf_token",
        b"_wpnonce",
        b"__csrf_magic",
    }
)


def fingerprint(
    request: Request, content: bytes, form: Iterable[FormField] | None, csrf_fields: Iterable[str] = ()
) -> bytes:
    """A digest that is the same for the same action, and for no other.

    Of a form its fields count, in their order, whatever boundary parts them and however they are encoded, less those
    against forgery: `csrf_fields` and CSRF_FIELDS. Of anything else each byte counts.
    """
    parts = [request.method.encode(), request.path.encode(errors="surrogatepass"), request.query]
    if form is None:
        parts.append(content)
    else:
        parts.append(b"form")  # else a content that looks like the fields below would be the form itself
        parts += _told_apart(form, frozenset(name.encode() for name in csrf_fields))
    # With their lengths: a path may hold any separator, even NUL.
    return sha256(b"".join([b"%d:%b" % (len(part), part) for part in parts])).digest()


def _told_apart(form: Iterable[FormField], csrf_fields: frozenset[bytes]) -> Iterator[bytes]:
    for name, value, head in form:
        if name in csrf_fields or _innermost(name) in CSRF_FIELDS:
            continue
        yield head or name
        yield value


def _innermost(name: bytes) -> bytes:
    """The last part of a nested name, in lower case: Symfony writes `order[_token]`."""
    if name.endswith(b"]"):
        name = name[:-1].rpartition(b"[")[2]
    return name.lower()
