# SPDX-License-Identifier: Apache-2.0
"""Which status a failing field answers with, wherever it is and whatever else fails."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NotRequired, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import (
    AliasChoices,
    AliasPath,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    HttpUrl,
    Json,
    RootModel,
    Tag,
    TypeAdapter,
    ValidationError,
)
from typing_extensions import TypedDict

from seeother.errors import CallerError
from seeother.message import Status
from seeother.policy.pydantic import FailsWith, RedirectTarget, status_of


class Order(BaseModel):
    """The article's form (4.1): each field with the status that its failure answers with."""

    model_config = ConfigDict(extra="forbid")

    email: Annotated[str, Field(pattern="@"), FailsWith(Status.BAD_REQUEST)]
    redirect_to: Annotated[str, RedirectTarget({"pay.example"}), FailsWith(Status.CONFLICT)]
    quantity: Annotated[int, Field(ge=1)]


GOOD: Mapping[str, object] = {"email": "a@shop.example", "redirect_to": "/thanks", "quantity": 1}


def failing(model: Any, value: object) -> Status:  # noqa: ANN401 - any annotation that Pydantic takes
    """The status that this value answers with; it must fail."""
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(model).validate_python(value)
    return status_of(model, caught.value.errors())


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"email": "nobody"}, 400),
        ({"redirect_to": "https://evil.example/"}, 409),
        ({"quantity": 0}, 422),
        ({"coupon": "x"}, 422),
        ({"email": "nobody", "redirect_to": "//evil.example", "quantity": 0}, 400),
        ({"redirect_to": "//evil.example", "quantity": 0}, 422),
    ],
)
def test_article_4_1_field_answers_with_its_status(wrong: Mapping[str, object], status: int) -> None:
    """Each field has its own status; of several the fault that a server meets first counts."""
    assert failing(Order, {**GOOD, **wrong}) == status


@pytest.mark.parametrize(("missing", "status"), [("email", 400), ("redirect_to", 409), ("quantity", 422)])
def test_missing_field_answers_with_its_status(missing: str, status: int) -> None:
    """A declared field that is not there fails as it does when it is wrong."""
    assert failing(Order, {name: value for name, value in GOOD.items() if name != missing}) == status


def test_unreadable_content_is_malformed() -> None:
    """Content that is no JSON is 400, whatever the model says."""
    with pytest.raises(ValidationError) as caught:
        Order.model_validate_json(b'{"email": ')

    assert status_of(Order, caught.value.errors()) is Status.BAD_REQUEST


def test_unreadable_field_is_not_unreadable_content() -> None:
    """JSON inside a form's field is that field's matter."""

    class Form(BaseModel):
        cart: Annotated[Json[list[int]], FailsWith(409)]
        plain: Json[int] = 0

    assert failing(Form, {"cart": "{"}) == 409
    assert failing(Form, {"cart": "[1]", "plain": "{"}) == 422


@pytest.mark.parametrize(
    ("statuses", "first_met"),
    [
        ([422, 409], 422),
        ([409, 403, 422], 403),
        ([401, 400, 403], 400),
        ([404, 401], 401),
        ([410, 404], 404),
        ([422, 410], 410),
        ([451, 412, 409], 409),
        ([451, 402], 402),
    ],
)
def test_first_met_fault_counts(statuses: list[int], first_met: int) -> None:
    """The precedence does not depend on the order of the fields."""
    model = {f"f{number}": Annotated[int, FailsWith(status)] for number, status in enumerate(statuses)}
    errors = [{"type": "missing", "loc": (name,)} for name in model]

    assert status_of(model, errors) == first_met
    assert status_of(model, reversed(errors)) == first_met


def test_no_error_has_the_usual_status() -> None:
    """Whoever says that validation failed without saying why gets 422."""
    assert status_of(Order, []) is Status.UNPROCESSABLE_CONTENT


class Line(BaseModel):
    """One line of an order."""

    product: Annotated[str, FailsWith(404)]
    count: int


class Card(BaseModel):
    """Paying by card."""

    kind: Literal["card"]
    code: Annotated[int, FailsWith(402)]


class Voucher(BaseModel):
    """Paying by voucher; its code fails otherwise than a card's."""

    kind: Literal["voucher"]
    code: Annotated[int, FailsWith(410)]


class Lines(RootModel[list[Line]]):
    """Many lines."""


@dataclass
class Address:
    """A standard dataclass."""

    city: Annotated[int, FailsWith(409)]


class Note(TypedDict):
    """A typed dictionary."""

    text: Annotated[str, FailsWith(413)]
    more: NotRequired[Annotated[str, FailsWith(414)]]


class Tree(BaseModel):
    """A model inside itself."""

    value: Annotated[int, FailsWith(409)] = 0
    left: "Tree | None" = None


def _kind(value: dict[str, object]) -> str:
    return "by card" if "card" in value else "by voucher"


MAYBE = Optional[Annotated[int, FailsWith(409)]]  # noqa: UP045 - pyright has no `|` between annotated types
PAYMENT = Annotated[Card | Voucher, Field(discriminator="kind")]
TAGGED = Annotated[
    Annotated[Voucher, Tag("by voucher")] | Annotated[Card, Tag("by card")],
    Discriminator(_kind),
]


@pytest.mark.parametrize(
    ("annotation", "value", "status"),
    [
        pytest.param(Line, {"count": 1}, 404, id="model"),
        pytest.param(list[Line], [{"product": "tea", "count": 1}, {"count": 1}], 404, id="list"),
        pytest.param(Lines, [{"count": 1}], 404, id="root model"),
        pytest.param(tuple[int, Annotated[int, FailsWith(409)]], [1, "x"], 409, id="tuple"),
        pytest.param(tuple[Annotated[int, FailsWith(409)], ...], [1, 2, "x"], 409, id="long tuple"),
        pytest.param(dict[str, Line], {"a": {"count": 1}}, 404, id="mapping"),
        pytest.param(dict[int, Annotated[int, FailsWith(409)]], {"1": "x"}, 409, id="value"),
        pytest.param(dict[Annotated[int, FailsWith(409)], int], {"x": 1}, 409, id="key"),
        pytest.param(Line | None, {"count": 1}, 404, id="optional"),
        pytest.param(MAYBE, "x", 409, id="declared inside of optional"),
        pytest.param(Annotated[int | None, FailsWith(409)], "x", 409, id="declared around optional"),
        pytest.param(Annotated[int | float, FailsWith(409)], "x", 409, id="union of values"),
        pytest.param(Card | Line, {"kind": "card"}, 404, id="union of models, all their faults"),
        pytest.param(PAYMENT, {"kind": "card", "code": "x"}, 402, id="discriminated, first"),
        pytest.param(PAYMENT, {"kind": "voucher", "code": "x"}, 410, id="discriminated, second"),
        pytest.param(Annotated[PAYMENT, FailsWith(409)], {"kind": "cash"}, 409, id="unknown tag"),
        pytest.param(TAGGED, {"card": 1, "kind": "card", "code": "x"}, 402, id="tagged"),
        pytest.param(Address, {"city": "x"}, 409, id="dataclass"),
        pytest.param(Note, {}, 413, id="typed dictionary"),
        pytest.param(Note, {"text": "x", "more": 1}, 414, id="typed dictionary, not required"),
        pytest.param(Tree, {"left": {"left": {"value": "x"}}}, 409, id="recursive"),
        pytest.param(Annotated[Line, FailsWith(403)], {"product": "tea", "count": "x"}, 403, id="inherited"),
        pytest.param(Annotated[Line, FailsWith(403)], {"product": 1, "count": 1}, 404, id="inner is more exact"),
        pytest.param(Annotated[int, FailsWith(403), FailsWith(409)], "x", 409, id="last word"),
        pytest.param(int, "x", 422, id="undeclared"),
    ],
)
def test_field_is_found_wherever_it_is(annotation: object, value: object, status: int) -> None:
    """The annotation nearest to the fault counts, through everything that types are made of."""
    assert failing(annotation, value) == status


@pytest.mark.parametrize(("member", "status"), [("Card", 402), ("Voucher", 410)])
def test_loc_says_which_member_of_a_union_is_meant(member: str, status: int) -> None:
    """Members may have fields of the same name."""
    assert status_of(Card | Voucher, [{"type": "missing", "loc": (member, "code")}]) == status


class Named(BaseModel):
    """Fields that go by other names on the wire; `b` goes by the name of the field `a`."""

    model_config = ConfigDict(validate_by_name=True)

    plain: Annotated[int, Field(alias="eMail"), FailsWith(400)] = 0
    deep: Annotated[int, Field(validation_alias=AliasPath("at", "the", 0)), FailsWith(402)] = 0
    choice: Annotated[int, Field(validation_alias=AliasChoices("c1", AliasPath("c2", "x"))), FailsWith(403)] = 0
    a: Annotated[int, FailsWith(404), Field(alias="z")] = 0
    b: Annotated[int, FailsWith(410), Field(alias="a")] = 0


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ({"eMail": "x"}, 400),
        ({"plain": "x"}, 400),
        ({"at": {"the": ["x"]}}, 402),
        ({"c1": "x"}, 403),
        ({"c2": {"x": "x"}}, 403),
        ({"z": "x"}, 404),
        ({"a": "x"}, 410),
    ],
)
def test_field_is_found_by_its_aliases(value: object, status: int) -> None:
    """An error names a field as the client does; an alias counts before a name."""
    assert failing(Named, value) == status


def test_field_is_found_by_name_where_errors_say_names() -> None:
    """`loc_by_alias = False` makes errors speak of names."""

    class Form(BaseModel):
        model_config = ConfigDict(loc_by_alias=False)

        email: Annotated[int, Field(alias="eMail"), FailsWith(400)]

    assert failing(Form, {}) == 400


class Loop(RootModel["Loop | None"]):
    """A type that is nothing but itself."""


Twin = RootModel["dict[str, Twin] | dict[Annotated[str, FailsWith(409)], Twin] | None"]


@given(
    st.sampled_from([Order, Tree, Loop, Named, PAYMENT, Lines, Note, {"body": Order, "query": (Line, Card)}]),
    st.lists(st.text(max_size=5) | st.integers() | st.sampled_from(["left", "a", "value", "body", "[key]"])),
)
def test_any_loc_has_a_status(model: object, loc: list[str | int]) -> None:
    """Whatever an error says about where it is, there is an answer."""
    assert status_of(model, [{"type": "missing", "loc": tuple(loc)}]) in range(400, 500)


def test_very_many_errors_cost_little() -> None:
    """The first thousand have the word."""
    errors = [{"type": "missing", "loc": (number, "product")} for number in range(1000)]

    assert status_of(list[Line], [*errors, {"type": "json_invalid", "loc": ()}]) == 404


def test_types_that_look_alike_cost_little() -> None:
    """Each type is tried once at each place, or forty levels would have a million million ways."""

    class Left(BaseModel):
        next: "Left | Right | None" = None

    class Right(BaseModel):
        next: "Left | Right | None" = None

    Left.model_rebuild()
    Right.model_rebuild()

    assert status_of(Left, [{"type": "missing", "loc": ("next", "Unknown") * 40}]) == 422


@pytest.mark.parametrize("status", [200, 303, 399, 499, 500, 600])
def test_only_faults_of_the_client_can_be_declared(status: int) -> None:
    """What somebody sent is no reason for a success, a redirect or a server's error."""
    with pytest.raises(CallerError, match="registered 4xx"):
        FailsWith(status)


def target(value: object, *, kind: Any = str) -> object:  # noqa: ANN401 - any annotation that Pydantic takes
    """Validate a redirect target of a shop that pays at `pay.example` and at a local provider."""
    allowed = {"pay.example", "http://localhost:8301", "https://pay.example:8443"}
    annotation: Any = Annotated[kind, RedirectTarget(allowed)]
    return TypeAdapter[object](annotation).validate_python(value)


@pytest.mark.parametrize(
    "reference",
    [
        "/",
        "/orders/7?paid=1#top",
        "https://pay.example",
        "https://pay.example/session/7",
        "HTTPS://PAY.example:443/x",
        "https://pay.example:8443/x",
        "http://localhost:8301/x",
    ],
)
def test_allowed_target_passes(reference: str) -> None:
    """Pages of this site and origins on the list, as they are."""
    assert target(reference) == reference


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "orders/7",
        "?next=1",
        "//evil.example",
        "//pay.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "\\",
        "/orders\\7",
        "https://pay.example\\@evil.example/",
        " //evil.example",
        "\x01/orders",
        "/orders\n",
        "/orders ",
        "http://pay.example/",
        "https://pay.example:444/",
        "https://localhost:8301/",
        "https://pay.example.evil.example/",
        "https://evil.example/https://pay.example",
        "https://pay.example@evil.example/",
        "https://evil.example\\@pay.example/",
        "https://evil.example#@pay.example/",
        "https:pay.example",
        "https:/pay.example",
        "https:\\\\pay.example",
        "https://",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://pay.example/",
        "/\ud800",
        "https://pay.example/\u202e",
    ],
)
def test_every_other_target_is_refused(reference: str) -> None:
    """What a browser would take elsewhere, or read otherwise than we do, never gets into a Location."""
    with pytest.raises(ValidationError, match="must lead to a page of this site"):
        target(reference)


def test_target_can_be_a_url() -> None:
    """The list decides about Pydantic's URLs as well, and leaves them what they are."""
    assert target("https://pay.example/x", kind=HttpUrl) == HttpUrl("https://pay.example/x")
    with pytest.raises(ValidationError, match="must lead to a page of this site"):
        target("https://evil.example/x", kind=HttpUrl)


@pytest.mark.parametrize(
    "allowed", [{"pay.example/path"}, {"https://pay.example/path"}, {""}, {"ftp://pay.example"}, "pay.example", {"a b"}]
)
def test_list_of_what_is_no_host_is_refused(allowed: Any) -> None:  # noqa: ANN401 - a mistake that types would show
    """A list that allows less than it seems to is a mistake."""
    with pytest.raises(CallerError, match="list hosts"):
        RedirectTarget(allowed)


@given(st.text())
def test_any_text_is_a_target_or_refused(text: str) -> None:
    """Validation passes or refuses, and raises nothing else."""
    try:
        assert target(text) == text
    except ValidationError:
        return
    assert text.startswith("/")
    assert not text.startswith(("//", "/\\"))
