# SPDX-License-Identifier: Apache-2.0
"""Patterns read the spellings of several frameworks, and a table of them finds what one by one would find."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seeother.errors import SettingsError
from seeother.message import Pattern, PatternTable

METHODS = st.sampled_from(["GET", "GET", "POST"])
LITERALS = st.sampled_from(["", "a", "a", "b", "v1:x"])
PLACEHOLDERS = st.sampled_from(["{id}", ":id", "<id>", "<int:n>", "{x:int}", "{id:uuid}", "<string(length=2):c>"])
RESTS = st.sampled_from(["{p:path}", "<path:p>"])


@st.composite
def patterns(draw: st.DrawFn) -> str:
    """A pattern as an operator may write it."""
    segments = draw(st.lists(LITERALS | PLACEHOLDERS, max_size=2))
    segments.append(draw(LITERALS | PLACEHOLDERS | RESTS))
    return f"{draw(METHODS)} /{'/'.join(segments)}"


PATHS = st.lists(st.sampled_from(["", "a", "a", "b", "v1:x", "{id}"]), max_size=4).map(
    lambda segments: "/" + "/".join(segments)
)


def rank(text: str, path: str) -> int | None:
    """How well the written pattern fits the path, least first: literal, placeholders, rest; None when not at all."""
    expression, literal, rest = "", True, False
    for segment in text.split(" ", 1)[1][1:].split("/"):
        if segment in {"{p:path}", "<path:p>"}:
            expression, literal, rest = expression + "/.*", False, True
        elif segment[:1] in {"{", ":", "<"}:
            expression, literal = expression + "/[^/]+", False
        else:
            expression += "/" + re.escape(segment)
    return (2 if rest else 0 if literal else 1) if re.fullmatch(expression, path) else None


@given(texts=st.lists(patterns(), max_size=6), method=METHODS, path=PATHS)
@settings(max_examples=200)
def test_table_finds_what_a_naive_matcher_finds(texts: list[str], method: str, path: str) -> None:
    """The best fit wins, and of two alike the first given."""
    table = PatternTable([(Pattern.parse(text), index) for index, text in enumerate(texts)])
    fits = [
        (fit, index)
        for index, text in enumerate(texts)
        if text.startswith(method + " ") and (fit := rank(text, path)) is not None
    ]

    assert table.find(method, path) == (min(fits)[1] if fits else None)


@given(text=patterns())
def test_written_pattern_reads_back_as_itself(text: str) -> None:
    """What is shown to people can be put into the settings again."""
    pattern = Pattern.parse(text)

    assert Pattern.parse(str(pattern)) == pattern


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("GET /orders/{id}", "GET /orders/<int:order>", True),
        ("GET /files/{a:path}", "GET /files/<path:b>", True),
        ("GET /orders/{id}", "GET /orders/{id:path}", False),
        ("GET /orders/{id}", "POST /orders/{id}", False),
        ("GET /orders/{id}", "GET /orders/id", False),
        ("GET /orders/{id}", "GET /orders/{id}/pay", False),
    ],
)
def test_shape_leaves_out_only_the_names_of_placeholders(one: str, other: str, *, alike: bool) -> None:
    """Two of one shape fit the same exchanges, so that the second would never be reached."""
    assert (Pattern.parse(one).shape == Pattern.parse(other).shape) is alike


@given(text=st.text(max_size=30) | st.text("GET /{}<>:abc?#\n", max_size=30).map(lambda rest: "GET /" + rest))
def test_any_text_is_read_or_refused(text: str) -> None:
    """What is no pattern is a SettingsError and nothing else; what is one can match only what it says."""
    try:
        pattern = Pattern.parse(text)
    except SettingsError:
        return

    assert re.fullmatch(r"[A-Z][A-Z0-9_-]*", pattern.method)
    for segment in pattern.template[1:].split("/"):
        assert re.fullmatch(r"\{\w+\}|[^{}<>:][^{}<>]*|", segment)


@pytest.mark.parametrize(
    ("text", "template", "rest"),
    [
        ("GET /", "/", False),
        ("GET /orders/{id}", "/orders/{id}", False),
        ("GET /orders/:id/pay", "/orders/{id}/pay", False),
        ("GET /orders/<id>", "/orders/{id}", False),
        ("GET /orders/<int:id>", "/orders/{id}", False),
        ("GET /orders/<Order2_id:id>", "/orders/{id}", False),
        ("GET /orders/<string(length=2):id>", "/orders/{id}", False),
        ("GET /orders/{id:int}", "/orders/{id}", False),
        ("GET /files/{name:path}", "/files/{name}", True),
        ("GET /files/<path:name>", "/files/{name}", True),
        ("  GET   /orders  ", "/orders", False),
        ("GET /orders:batch", "/orders:batch", False),
        ("GET /größe", "/größe", False),
    ],
)
def test_spellings_are_normalised(text: str, template: str, *, rest: bool) -> None:
    """Other frameworks' placeholders become `{name}`."""
    assert Pattern.parse(text) == Pattern("GET", template, rest)


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("", "method and a path"),
        ("POST", "method and a path"),
        ("/orders", "method and a path"),
        ("post /orders", "method and a path"),
        ("POST orders", "method and a path"),
        ("POST https://shop.example/orders", "method and a path"),
        ("POST\n/orders", "method and a path"),
        ("GET /files/{name:path}/edit", "must be the last"),
        ("GET /files/{name:path}/", "must be the last"),
        ("GET /orders/{id}.pdf", "not {id}.pdf"),
        ("GET /orders/{id", "not {id"),
        ("GET /orders/{1id}", "not {1id}"),
        ("GET /orders/{a}{b}", "not {a}{b}"),
        ("GET /orders/<id", "not <id"),
        ("GET /orders/:id?", "leave out the query"),
        ("GET /orders/:id(\\d+)", "not :id(\\d+)"),
        ("GET /orders?page=1", "leave out the query"),
        ("GET /orders#top", "leave out the query"),
    ],
)
def test_what_could_never_match_is_refused_with_a_cure(text: str, cure: str) -> None:
    """A pattern that would silently match nothing is named, with what to write instead."""
    with pytest.raises(SettingsError) as caught:
        Pattern.parse(text)

    assert caught.value.value == text
    assert cure in caught.value.cure


@pytest.mark.parametrize("path", ["orders/7", "xorders/7", "*", ""])
def test_target_that_is_no_path_fits_nothing(path: str) -> None:
    """`OPTIONS *` and a broken request line are no exchange of any route."""
    table = PatternTable([(Pattern.parse("GET /orders/{id}"), 1), (Pattern.parse("GET /{all:path}"), 2)])

    assert table.find("GET", path) is None


def test_empty_segment_is_no_value() -> None:
    """`/orders/` is not an order without an id."""
    table = PatternTable([(Pattern.parse("GET /orders/{id}"), 1)])

    assert table.find("GET", "/orders/") is None
    assert table.find("GET", "/orders/7") == 1


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/files", False),
        ("/files/", True),
        ("/files/a", True),
        ("/files/a/b", True),
        ("/file", False),
        ("/a/files/b", False),
    ],
)
def test_rest_begins_behind_its_slash(path: str, *, found: bool) -> None:
    """As in the frameworks, the rest may be empty and may hold slashes."""
    assert (PatternTable([(Pattern.parse("GET /files/{name:path}"), 1)]).find("GET", path) == 1) is found


@pytest.mark.parametrize("text", ["GET /a", "GET /{x}", "GET /{x:path}"])
def test_of_two_alike_the_first_wins(text: str) -> None:
    """As in the frameworks, the order is the operator's."""
    assert PatternTable([(Pattern.parse(text), 1), (Pattern.parse(text), 2)]).find("GET", "/a") == 1


def test_more_specific_pattern_wins() -> None:
    """A literal before a placeholder, a placeholder before a rest, whatever the order."""
    texts = ["GET /{x:path}", "GET /{x}", "GET /a"]
    table = PatternTable([(Pattern.parse(text), text) for text in texts])

    assert [table.find("GET", path) for path in ("/b/c", "/b", "/a")] == texts


def test_value_that_is_false_is_found() -> None:
    """A table may file any value but None."""
    table = PatternTable([(Pattern.parse("GET /a"), 0), (Pattern.parse("GET /{x}"), 1)])

    assert table.find("GET", "/a") == 0
