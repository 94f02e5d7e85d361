# SPDX-License-Identifier: Apache-2.0
"""The guard's page for people: one file, no script, readable without its few lines of style, in two languages.

An operator's own page is a `string.Template`; `$$` is a dollar sign. What it may ask for:

    $way_on              address of the link that leads on; must be asked for
    $detail $detail_zh   what happened and whether the order is safe; one of them must be asked for
    $title $title_zh     the same in a few words
    $again $again_zh     a link that asks for the same page again, where asking again does no harm, else empty
    $errors              a list of the fields that were not accepted, or empty
    $status              the status code
"""

import re
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from string import Template

from seeother.errors import SettingsError

from .problems import NOT_SHOWN, STAND_INS, Problem
from .validation import FieldError

LANGUAGES = b"en, zh-Hans"
HOME = "/"
SETTING = "site.fallback"
_KNOWN = frozenset({
    "again", "again_zh", "detail", "detail_zh", "errors", "status", "title", "title_zh", "way_on",
})  # fmt: skip
_SLOT = re.compile("\x00([a-z_]+)\x00")
_SLOTS = {name: f"\x00{name}\x00" for name in ("errors", "status", "way_on")}
_ERRORS_SHOWN = 20  # more than that nobody reads

_BUILT_IN = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>$title · $title_zh</title>
<style>
:root { color-scheme: light dark }
body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 10vh auto; padding: 0 1.2rem;
  color: #1b1b1b; background: #fff }
h1, h2 { font-size: 1.5rem; line-height: 1.3 }
section { margin-top: 2.5rem }
a { color: #0645ad; margin-right: 1rem }
footer { margin-top: 2.5rem; font-size: .9rem; color: #595959 }
@media (prefers-color-scheme: dark) {
  body { color: #ececec; background: #161616 }
  a { color: #8ab4f8 }
  footer { color: #a8a8a8 }
}
</style>
</head>
<body>
<main>
<h1>$title</h1>
<p>$detail</p>
$errors
<p>$again<a href="$way_on">Continue</a></p>
<section lang="zh-Hans">
<h2>$title_zh</h2>
<p>$detail_zh</p>
<p>$again_zh<a href="$way_on">继续</a></p>
</section>
</main>
<footer>HTTP $status</footer>
</body>
</html>
""")


class FallbackPage:
    """The page of each kind of trouble; `template` is the path of the operator's own page.

    What may have to be said when descriptors and disk are gone is rendered when the guard is made: while requests pass
    no file is opened for it and no template is filled.
    """

    __slots__ = ("_rendered", "_source")

    def __init__(self, template: str | None = None) -> None:
        """Read and render; SettingsError when the template cannot be used."""
        self._source = _BUILT_IN if template is None else read_template(template)
        self._rendered = {
            kind.slug: tuple(_SLOT.split(self._source.substitute(words(kind), **_SLOTS))) for kind in STAND_INS
        }  # text, name of a slot, text, name of a slot, ... text

    def page(self, kind: Problem, *, status: int, way_on: str = HOME, errors: Iterable[FieldError] = ()) -> bytes:
        """The page for one answer in place of another's; `kind` is one of STAND_INS."""
        values = {"errors": listed(errors), "status": str(status), "way_on": escape(way_on)}
        parts = self._rendered[kind.slug]
        return to_bytes("".join([values.get(part, part) if index % 2 else part for index, part in enumerate(parts)]))

    def filled(self, kind: Problem, *, way_on: str = HOME, filling: Mapping[str, object] | None = None) -> bytes:
        """The page for an answer of the guard's own, of any kind; `filling` is what its text has places for."""
        texts = words(kind, filling)
        return to_bytes(self._source.substitute(texts, errors="", status=kind.status, way_on=escape(way_on)))


def read_template(path: str) -> Template:
    """The operator's page, checked for what it asks for; SettingsError with the cure when it cannot be used."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        cure = f"cannot be read ({error.strerror}); name a file that this process may read, or leave the setting out"
        raise SettingsError(SETTING, path, cure) from error
    except ValueError as error:  # not UTF-8, or a path with a null character
        raise SettingsError(SETTING, path, "is not text in UTF-8; save it as such") from error
    template = Template(text)
    if not template.is_valid():
        raise SettingsError(SETTING, path, "has a `$` that begins no placeholder; write `$$` for a dollar sign")
    asked = set(template.get_identifiers())
    if unknown := sorted(asked - _KNOWN):
        known = ", ".join(f"${name}" for name in sorted(_KNOWN))
        raise SettingsError(SETTING, path, f"asks for `${unknown[0]}`; there are {known}, and `$$` is a dollar sign")
    if "way_on" not in asked:
        raise SettingsError(SETTING, path, 'offers no way on; add a link such as `<a href="$way_on">Continue</a>`')
    if not asked & {"detail", "detail_zh"}:
        raise SettingsError(SETTING, path, "does not say what happened; add `$detail` or `$detail_zh`")
    return template


def words(kind: Problem, filling: Mapping[str, object] | None = None) -> dict[str, str]:
    """A problem's texts as markup, by the names that a template asks for them with."""
    filled = filling or {}
    again = kind is NOT_SHOWN  # asking for a page again is safe, sending a form again is not
    return {
        "title": escape(kind.title),
        "title_zh": escape(kind.title_zh),
        "detail": escape(kind.detail.format(**filled)),
        "detail_zh": escape(kind.detail_zh.format(**filled)),
        "again": '<a href="">Try again</a> ' if again else "",
        "again_zh": '<a href="">重试</a> ' if again else "",
    }


def listed(errors: Iterable[FieldError]) -> str:
    """The fields that were not accepted as a list in markup, or nothing."""
    items = [
        f"<li>{escape(error['pointer'].lstrip('/'))}: {escape(error['detail'])}</li>"
        for error in list(errors)[:_ERRORS_SHOWN]
    ]
    return f"<ul>{''.join(items)}</ul>" if items else ""


def to_bytes(markup: str) -> bytes:
    """The page's bytes; what is no character becomes a question mark, for the guard never fails over a page."""
    return markup.encode("utf-8", "replace")


BUILT_IN_PAGE = FallbackPage()
