# SPDX-License-Identifier: Apache-2.0
"""What did not fit, field by field, and nothing of what was sent."""

from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from seeother.policy.problem.validation import LOCATIONS, from_fastapi, from_litestar, from_pydantic, to_pointer


def entry(*loc: str | int, **members: object) -> dict[str, object]:
    """An entry as FastAPI makes it."""
    return {"type": "missing", "loc": list(loc), "msg": "Field required", **members}


def read_pointer(pointer: str) -> list[str]:
    """The names in a pointer, by RFC 6901 section 4."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


@given(parts=st.lists(st.text("a/~01é", max_size=4)))
def test_pointer_leads_where_it_came_from(parts: list[str]) -> None:
    """Slashes and tildes in names are escaped, in the order that loses nothing."""
    assert read_pointer(to_pointer(parts)) == parts


@pytest.mark.parametrize(
    ("loc", "location", "pointer"),
    [
        (("body", "items", 0, "price"), "body", "/items/0/price"),
        (("body",), "body", ""),
        (("body", "a/b", "c~d", ""), "body", "/a~1b/c~0d/"),
        (("query", "n"), "query", "/n"),
        (("path", "id"), "path", "/id"),
        (("header", "x-code"), "header", "/x-code"),
        (("cookie", "body"), "cookie", "/body"),
    ],
)
def test_place_is_told_in_two_members(loc: tuple[str | int, ...], location: str, pointer: str) -> None:
    """What part of the request, and where in it."""
    assert from_fastapi([entry(*loc)]) == ({"pointer": pointer, "location": location, "detail": "Field required"},)


def test_position_in_broken_json_is_no_field() -> None:
    """FastAPI puts the character at which reading stopped where an index would stand."""
    errors = from_fastapi([entry("body", 17, type="json_invalid", msg="JSON decode error")])

    assert errors == ({"pointer": "", "location": "body", "detail": "JSON decode error"},)


def test_one_entry_stands_for_one_field() -> None:
    """A union finds several faults in one value; the same text is not said twice."""
    errors = from_fastapi(
        [entry("body", "a"), entry("body", "b"), entry("body", "a", msg="Too short"), entry("body", "a")]
    )

    assert errors is not None
    assert [(error["pointer"], error["detail"]) for error in errors] == [
        ("/a", "Field required; Too short"),
        ("/b", "Field required"),
    ]


def test_list_without_an_end_is_cut() -> None:
    """A form of ten thousand faults is answered with some of them."""
    errors = from_fastapi([entry("body", index) for index in range(10_000)])

    assert errors is not None
    assert len(errors) == 100


class Card(BaseModel):
    """Content whose faults repeat what was sent."""

    kind: Literal["card"]
    number: Annotated[int, Field(lt=4000)]


class Cash(BaseModel):
    """The other kind."""

    kind: Literal["cash"]


CARD: TypeAdapter[Card] = TypeAdapter(Card)
NAMED: TypeAdapter[dict[Literal["query"], Card]] = TypeAdapter(dict[Literal["query"], Card])
UNION: TypeAdapter[Card | Cash] = TypeAdapter(Annotated[Card | Cash, Field(discriminator="kind")])


def faults(kind: TypeAdapter[Any], value: object) -> list[object]:
    """What pydantic finds wrong."""
    with pytest.raises(ValidationError) as caught:
        kind.validate_python(value)
    return [dict(error) for error in caught.value.errors()]


def test_pydantic_s_own_list_has_no_part_of_the_request() -> None:
    """Its path begins in the content, and a field called `query` is a field."""
    found = faults(NAMED, {"query": {"kind": "card", "number": "x"}})

    errors = from_pydantic(found)

    assert errors is not None
    assert [(error["location"], error["pointer"]) for error in errors] == [("body", "/query/number")]


def test_sent_value_never_comes_back() -> None:
    """Pydantic repeats the tag of a union in its message; other values stand beside it."""
    found = faults(UNION, {"kind": "hunter2", "number": "4111111111111111"})
    assert "hunter2" in str(found[0])

    errors = from_pydantic(found)

    assert errors is not None
    assert "hunter2" not in str(errors)
    assert "4111111111111111" not in str(errors)
    assert "does not match any of the expected tags: 'card', 'cash'" in errors[0]["detail"]


@pytest.mark.parametrize(
    ("message", "sent", "detail"),
    [
        ("Value error, hunter2 is too weak", "hunter2", "Value error, … is too weak"),
        ("Value error, 'abc' is too weak", "abc", "Value error, … is too weak"),
        ("Value error, a card is needed", "a", "Value error, a card is needed"),
        ("Value error, 4111111111111111 is expired", 4111111111111111, "Value error, … is expired"),
        ("Value error, hunter2 is in use", {"user": {"password": ["hunter2"]}}, "Value error, … is in use"),
        ("Value error, hunter2 is in use", b"hunter2", "Value error, … is in use"),
    ],
)
def test_message_of_the_application_s_own_is_searched(message: str, sent: object, detail: str) -> None:
    """A validator may say what it likes; what was sent is taken out of it, wherever it stood."""
    errors = from_fastapi([entry("body", "a", type="value_error", msg=message, input=sent)])

    assert errors is not None
    assert errors[0]["detail"] == detail


def test_bound_is_told_though_it_was_sent() -> None:
    """Who orders 4000 of at most 3999 may know the limit."""
    errors = from_pydantic(faults(CARD, {"kind": "card", "number": 4000}))

    assert errors is not None
    assert errors[0]["detail"] == "Input should be less than 4000"


def test_value_that_cannot_be_looked_for_takes_the_message_along() -> None:
    """Content of thousands of values, or a message of thousands of characters: nobody can be sure."""
    many = from_fastapi([entry("body", msg="secret 999", input=[str(number) for number in range(5000)])])
    long = from_fastapi([entry("body", msg="secret" * 1000, input="secret")])

    assert many is not None
    assert long is not None
    assert many[0]["detail"] == long[0]["detail"] == "This does not fit"


@pytest.mark.parametrize(
    ("key", "pointer"),
    [
        ("items[0].price", "/items/0/price"),
        ("items.0.price", "/items/0/price"),
        ("a", "/a"),
        ("", ""),
        ("[1][2]", "/1/2"),
    ],
)
def test_litestar_s_path_is_read_in_both_spellings(key: str, pointer: str) -> None:
    """Its own models write indexes in brackets, its plugin for pydantic does not."""
    errors = from_litestar([{"message": "Expected `float`, got `str`", "key": key}])

    assert errors == ({"pointer": pointer, "location": "body", "detail": "Expected `float`, got `str`"},)


def test_litestar_s_parameter_is_one_name() -> None:
    """A dot in the name of a query parameter leads nowhere."""
    errors = from_litestar([{"message": "Invalid enum value 'hunter2'", "key": "a.b", "source": "query"}])

    assert errors == ({"pointer": "/a.b", "location": "query", "detail": "Invalid enum value …"},)


@pytest.mark.parametrize(
    "entries",
    [
        None, {}, [], "missing", [None], [{}], [entry()], [entry("elsewhere")], [entry("body", msg=7)],
        [entry("body") | {"loc": ["body", 1.5]}], [entry("body") | {"loc": ["body", True]}],
        [entry("body", type=None)], [entry("body"), "more"],
    ],
)  # fmt: skip
def test_other_lists_are_the_application_s(entries: object) -> None:
    """One entry that is not quite FastAPI's, and none is read."""
    assert from_fastapi(entries) is None


@pytest.mark.parametrize(
    "entries",
    [{"a": 1}, [], [{"message": 1}], [{"message": "x", "code": 7}], [{"message": "x", "source": "file"}], ["x"]],
)
def test_other_extras_are_the_application_s(entries: object) -> None:
    """An application may put into `extra` what it likes."""
    assert from_litestar(entries) is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.binary(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["loc", "msg", "type", "input", "ctx", "message", "key", "source"]), inner)
    ),
    max_leaves=10,
)


@given(entries=st.lists(VALUES, max_size=3) | VALUES)
def test_anything_is_read_or_left(entries: object) -> None:
    """No value makes it fail."""
    from_fastapi(entries)
    from_pydantic(entries)
    from_litestar(entries)


@given(
    secret=st.text("abcdefgh0123456789", min_size=4, max_size=12),
    before=st.text("XYZ '", max_size=5),
    loc=st.lists(st.sampled_from(["X", "Y/"]) | st.integers(0, 9), max_size=3),
)
def test_no_secret_is_told(secret: str, before: str, loc: list[str | int]) -> None:
    """Wherever in a message it stands."""
    errors = from_fastapi([entry("body", *loc, msg=f"{before}{secret}!", input={"X": [secret]})])

    assert errors is not None
    assert errors[0]["location"] in LOCATIONS
    assert secret not in errors[0]["detail"]
