# SPDX-License-Identifier: Apache-2.0
"""The status that a failing field of a Pydantic model answers with.

    class Order(BaseModel):
        email: Annotated[EmailStr, FailsWith(Status.BAD_REQUEST)]
        redirect_to: Annotated[str, RedirectTarget({"pay.example"}), FailsWith(Status.CONFLICT)]
        quantity: int                                                    # 422, as nothing else is said

Where several fields fail, the answer has the status of the fault that a server meets first, in the order

    400 malformed  >  401 by whom  >  403 may not  >  404, 410 of what  >  422 wrong in meaning  >  409 and the others

whichever field comes first in the model. A client that cures the fault it is told of gets further with the next
request, and 409 ("in the state that things are in", RFC 9110 section 15.5.10) is true only of a request that is right
otherwise. Content that cannot be read at all is 400 and hides the rest; a field that is missing or unknown is wrong in
meaning unless its annotation says more. An annotation holds for all that is inside; an inner one is more exact.
"""

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from types import UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    NotRequired,
    Required,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import AfterValidator, AliasChoices, AliasPath, BaseModel, GetCoreSchemaHandler, RootModel, Tag
from pydantic.fields import FieldInfo

from seeother.errors import CallerError
from seeother.message import ReferenceKind, Status, kind_of, read_origin

Loc = tuple[int | str, ...]
Step = tuple[object, int]  # what comes next, and how many members of the loc lead there

_DEFAULT = Status.UNPROCESSABLE_CONTENT
_MET_FIRST = (400, 401, 403, 404, 410, 422)
_CLIENT_ERRORS = range(400, 500)
_UNREADABLE = "json_invalid"
_DEEPEST = 64  # members of a loc that are followed; whoever nests deeper gets what is declared further out
_ERRORS_MOST = 1000  # looked at, at 20 us each: a hostile list of items must not hold everybody else up
_MARKS = frozenset({Required, NotRequired})
_KEY = "[key]"  # Pydantic's mark of a key, not a value, of a mapping


@dataclasses.dataclass(frozen=True, slots=True)
class FailsWith:
    """The status that a fault of this field, or of what is inside it, answers with."""

    status: int

    def __post_init__(self) -> None:
        """Refuse what says nothing about the request."""
        if self.status not in _CLIENT_ERRORS or self.status not in list(Status):
            message = f"FailsWith({self.status}) cannot be: what a client sent fails with a registered 4xx status"
            raise CallerError(message)


class RedirectTarget:
    r"""A reference to this site (`/orders`), or a URL of an origin on the list; all else is refused.

    The list has hosts (`pay.example`, meaning https on its usual port) and origins (`http://localhost:8301`). A URL's
    syntax says nothing about where it may lead, so only the list decides; references are read as a browser reads them,
    and what browsers and servers read differently (`//host`, `/\host`, control characters) is refused.
    """

    __slots__ = ("_allowed",)

    def __init__(self, allowed: Collection[str] = ()) -> None:
        """Take the list; raises CallerError for a member that is neither host nor origin."""
        origins = {each: read_origin((each if "://" in each else f"https://{each}").encode()) for each in allowed}
        wrong = [each for each, origin in origins.items() if origin is None or "/" in each.rpartition("://")[2]]
        if wrong or isinstance(allowed, str):
            message = f"allowed = {wrong or allowed!r} cannot be: list hosts like 'pay.example' or origins"
            raise CallerError(message)
        self._allowed = frozenset(origins.values())

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> object:
        """Validate after the field's own type has."""
        return AfterValidator(self.checked).__get_pydantic_core_schema__(source, handler)

    def checked(self, value: object) -> object:
        """The value as it is; raises ValueError when it leads elsewhere."""
        text = str(value)
        reference = text.encode("utf-8", "surrogatepass")
        if text.isprintable() and "\\" not in text and text == text.strip():
            kind = kind_of(reference)
            if kind is ReferenceKind.PATH:
                return value
            if kind is ReferenceKind.ABSOLUTE and read_origin(reference) in self._allowed:
                return value
        message = "must lead to a page of this site or to an allowed one"
        raise ValueError(message)


def status_of(model: object, errors: Iterable[Mapping[str, Any]]) -> Status:
    """The status to answer with when validating `model` gave `errors` (`ValidationError.errors()`).

    `model` is a model class or any other annotation; a mapping stands for several, by the first member of the
    errors' `loc`. What cannot be found in the model is 422; of very many errors the first thousand have the word.
    """
    statuses = [_status_of(model, error) for error in islice(errors, _ERRORS_MOST)]
    return Status(min(statuses, key=_rank, default=_DEFAULT))


def _status_of(model: object, error: Mapping[str, Any]) -> int:
    loc: Loc = tuple(error.get("loc", ()))
    if not loc and error.get("type") == _UNREADABLE:
        return Status.BAD_REQUEST
    status = _Search(loc).from_(model, 0).status
    return _DEFAULT if status is None else status


def _rank(status: int) -> tuple[int, int]:
    return (_MET_FIRST.index(status) if status in _MET_FIRST else len(_MET_FIRST), status)


class _Found(NamedTuple):
    """How far along the loc a way through the model leads, and the innermost status that is declared on it."""

    reached: int
    status: int | None


class _Search:
    """One loc's way through a model: the one that leads furthest, for a loc does not say which type it means."""

    __slots__ = ("_held", "_known", "_loc")

    def __init__(self, loc: Loc) -> None:
        self._loc = loc[:_DEEPEST]
        # Unions of types that look alike have as many ways as leaves; each type is tried once at each place.
        self._known: dict[tuple[int, int], _Found] = {}
        self._held: list[object] = []  # what is known by its id must not go away

    def from_(self, node: object, place: int) -> _Found:
        """The best way from a type at this place of the loc."""
        inner, metadata = _opened(node)
        declared = next((each.status for each in reversed(metadata) if isinstance(each, FailsWith)), None)
        key = (id(inner), place)
        if key not in self._known:
            self._held.append(inner)
            self._known[key] = _Found(place, None)  # a type that is its own content leads nowhere
            self._known[key] = self._best(inner, place)
        best = self._known[key]
        return best if best.status is not None else _Found(best.reached, declared)

    def _best(self, node: object, place: int) -> _Found:
        best: _Found | None = None
        for following, count in _steps(node, self._loc[place:]):
            found = self.from_(following, place + count)
            if best is None or found.reached > best.reached:
                best = found
        return best or _Found(place, None)


def _opened(node: object) -> tuple[object, list[object]]:
    """What is inside the wrappings of an annotation, and what they say, the outermost first."""
    metadata: list[object] = []
    wrapped: Any = node
    while True:
        if isinstance(wrapped, FieldInfo):
            metadata += wrapped.metadata
            wrapped = wrapped.annotation
        elif get_origin(wrapped) is Annotated:
            wrapped, *said = get_args(wrapped)
            metadata += said
        elif get_origin(wrapped) in _MARKS:
            (wrapped,) = get_args(wrapped)
        elif hasattr(wrapped, "__value__"):  # a `type X = …` of Python 3.12
            wrapped = wrapped.__value__
        else:
            return wrapped, metadata


def _steps(node: object, loc: Loc) -> Iterator[Step]:
    """What may come next on the way that `loc` describes, the likeliest first."""
    origin, arguments = get_origin(node), get_args(node)
    if isinstance(node, Mapping):
        if loc and loc[0] in node:
            yield node[loc[0]], 1
    elif isinstance(node, tuple):
        yield from ((each, 0) for each in node)
    elif origin is Union or origin is UnionType:
        yield from _members([each for each in arguments if each is not type(None)], loc)
    elif isinstance(origin, type) and arguments:
        yield from _items(origin, arguments, loc)
    elif isinstance(node, type) and issubclass(node, RootModel):
        yield node.model_fields["root"], 0
    else:
        fields = _fields(node)
        yield from (
            (each, len(path)) for each in fields.values() for path in _aliases(each) if loc[: len(path)] == path
        )
        if loc and loc[0] in fields:
            yield fields[str(loc[0])], 1


def _members(members: list[object], loc: Loc) -> Iterator[Step]:
    """The members of a union. A loc names the one it means, by its class or its tag, where there are several."""
    if len(members) == 1:
        yield members[0], 0
    elif loc:
        yield from sorted([(each, 1) for each in members], key=lambda step: not _is_called(step[0], loc[0]))


def _is_called(member: object, label: object) -> bool:
    node, metadata = _opened(member)
    if getattr(node, "__name__", None) == label or Tag(str(label)) in metadata:
        return True
    fields = [_opened(field)[0] for field in _fields(node).values()]
    return any(get_origin(each) is Literal and label in get_args(each) for each in fields)


def _items(origin: type, arguments: tuple[object, ...], loc: Loc) -> Iterator[Step]:
    """What is in a collection."""
    if not loc:
        return
    if issubclass(origin, Mapping):
        if loc[1:2] == (_KEY,):
            yield arguments[0], 2
        yield arguments[-1], 1
    elif isinstance(loc[0], int):
        fixed = issubclass(origin, tuple) and arguments[-1] is not Ellipsis
        if not fixed or loc[0] < len(arguments):
            yield arguments[loc[0] if fixed else 0], 1


def _fields(node: object) -> Mapping[str, object]:
    """The fields of a model, a dataclass or a TypedDict, by name; none of anything else."""
    if not isinstance(node, type):
        return {}
    if issubclass(node, BaseModel):
        return node.model_fields
    known = getattr(node, "__pydantic_fields__", None)
    if known is not None:
        return cast("Mapping[str, object]", known)
    if dataclasses.is_dataclass(node) or hasattr(node, "__required_keys__"):
        try:
            return get_type_hints(node, include_extras=True)
        except (NameError, TypeError):  # names that only the type checker knows
            return {}
    return {}


def _aliases(field: object) -> Iterator[Loc]:
    """The ways in which a loc may name a field otherwise than by its name."""
    if isinstance(field, FieldInfo):
        for alias in (field.validation_alias, field.alias):
            for choice in alias.choices if isinstance(alias, AliasChoices) else [alias]:
                if isinstance(choice, AliasPath):
                    yield tuple(choice.path)
                elif choice is not None:
                    yield (choice,)
