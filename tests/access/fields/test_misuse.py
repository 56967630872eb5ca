"""A guarded field that could not be kept stops the start, with the line to write instead."""

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal, NamedTuple

import pytest
from fastapi import Body, Depends, FastAPI, Query, WebSocket
from pydantic import BaseModel, Field, RootModel, computed_field, field_serializer, model_serializer
from pydantic.dataclasses import dataclass as pydantic_dataclass
from typing_extensions import TypedDict

from buckler import Buckler, Public, Requires, Roles, StartRefused, Visible
from tests.access.fields.models import Robot, Staff, Team
from tests.stage import people, production


@dataclass
class Record:
    salary: Annotated[int, Visible("a:x")] = 1


@pydantic_dataclass
class Validated:
    salary: Annotated[int, Visible("a:x")] = 1


class Told(TypedDict):
    salary: Annotated[int, Visible("a:x")]


class Pair(NamedTuple):
    salary: Annotated[int, Visible("a:x")]


class Rooted(RootModel[Annotated[int, Field(gt=1)]]):
    root: Annotated[int, Visible("a:x")]


class Overriding(Staff):
    salary: int = 1


class Twice(BaseModel):
    salary: Annotated[int, Visible("a:x"), Visible("b:y")] = 1


def never(_: Any) -> bool:
    return False


class Excluding(BaseModel):
    salary: Annotated[int, Visible("a:x"), Field(exclude_if=never)] = 1


class Person(BaseModel):
    kind: Annotated[Literal["person"], Visible("a:x")] = "person"


class Computed(Staff):
    @computed_field  # type: ignore[prop-decorator]
    @property
    def yearly(self) -> int:
        return sum(self.salary for _ in range(12))


class Serialised(Staff):
    @field_serializer("name")
    def write(self, name: str) -> str:
        return f"{name} ({self.salary})"


class Wrapped(Staff):
    @model_serializer(mode="wrap")
    def write(self, handler: Any) -> Any:
        return handler(self) | {"pay": self.salary}


class Plain(Staff):
    @model_serializer
    def write(self) -> dict[str, Any]:
        return dict(self)


class Making(BaseModel):
    """Makes a guarded model where nobody looks any more, and holds itself."""

    others: list["Making"] = []

    @computed_field  # type: ignore[prop-decorator]
    @property
    def lead(self) -> Staff:
        return Staff(name="x")


class MakingMore(BaseModel):
    name: str = ""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def team(self) -> list[Making]:
        return []


class Numbered(BaseModel):
    number: int = 1

    @field_serializer("number")
    def write(self, number: int) -> Team:
        return Team(title=str(number))


class Fine(Staff):
    """Code that reads nothing guarded may write what it likes."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def initial(self) -> str:
        return self.name[0]

    @field_serializer("name")
    def write(self, name: str) -> str:
        return name.title()

    @model_serializer(mode="wrap")
    def add(self, handler: Any) -> Any:
        return handler(self) | {"kind": "fine"}


def read_staff(staff: Staff) -> str:
    return staff.name


def read_deep(name: Annotated[str, Depends(read_staff)]) -> str:
    return name


async def in_a_dependency(name: Annotated[str, Depends(read_staff)]) -> None: ...
async def in_a_deep_dependency(name: Annotated[str, Depends(read_deep)]) -> None: ...
async def as_a_dependency(staff: Annotated[Staff, Depends()]) -> None: ...
async def as_a_parameter(salary: Annotated[int, Query(), Visible("a:x")] = 1) -> None: ...
async def as_a_body(salary: Annotated[int, Body(), Visible("a:x")] = 1) -> None: ...
async def record_taken(record: Record) -> None: ...
async def pair_taken(pair: Pair) -> None: ...
async def twice_taken(twice: Twice) -> None: ...
async def overriding_taken(staff: Overriding) -> None: ...


async def iterable_taken(team: Iterable[Team]) -> None: ...


class Remembering(BaseModel):
    members: list[Staff] = []

    @computed_field  # type: ignore[prop-decorator]
    @cached_property
    def total(self) -> int:
        return sum(each.salary for each in self.members)


class RememberingItself(Staff):
    @computed_field  # type: ignore[prop-decorator]
    @cached_property
    def letters(self) -> int:
        return len(self.name)


class Mixin:
    """No model: pydantic takes its fields all the same, where a model does not say its own."""

    salary: Annotated[int, Visible("a:x")]


class MixinByName:
    salary: "Annotated[int, Visible('a:x')]"


class Mixed(BaseModel, Mixin):
    salary: int = 7


class MixedLater(BaseModel, MixinByName):
    salary: int = 7


class MixedWell(Mixin, BaseModel):
    name: str = "x"


async def streamed() -> AsyncIterator[Staff]:
    yield Staff(name="x")


async def answered() -> None: ...


ANSWERS: list[tuple[Any, str]] = [
    (Record, "is no pydantic model"),
    (list[Validated], "is no pydantic model"),
    (Told, "is no pydantic model"),
    (Pair, "is no pydantic model"),
    (Rooted, "nothing but its root"),
    (Overriding, "overrides salary without the Visible"),
    (Twice, "two Visible"),
    (Excluding, "an exclude_if beside its Visible"),
    (Annotated[Person | Robot, Field(discriminator="kind")], "tells members of a union apart"),
    (Computed, "The computed field yearly of .* reads salary"),
    (Serialised, "A serializer of a field of .* reads salary"),
    (Wrapped, "A serializer of .* reads salary"),
    (Plain, "A serializer of .* reads its fields"),
    (Making, "lead makes .*Staff"),
    (list[MakingMore], "makes .*Staff"),
    (Numbered, "A serializer makes .*Staff"),
    (Remembering, "The computed field total of .*Remembering is a cached_property"),
    (dict[str, list[RememberingItself]], "cached_property, and there are guarded fields in .*RememberingItself"),
    (Mixed, "overrides salary without the Visible"),
    (MixedLater, "overrides salary without the Visible"),
]
ENDPOINTS: list[tuple[Callable[..., Any], str]] = [
    (in_a_dependency, "is read by a dependency"),
    (in_a_deep_dependency, "is read by a dependency"),
    (as_a_dependency, "but stands in Depends"),
    (as_a_parameter, "is a parameter and no field of a model"),
    (as_a_body, "is a parameter and no field of a model"),
    (record_taken, "is no pydantic model"),
    (pair_taken, "is no pydantic model"),
    (twice_taken, "two Visible"),
    (overriding_taken, "overrides salary"),
    (iterable_taken, "takes an Iterable of .*Staff"),
    (streamed, "which has guarded fields; an item is made into its type after"),
]


async def started(app: FastAPI, **given: Any) -> None:
    given.setdefault("authenticator", people())
    await Buckler(app, settings=production(), **given).start()


@pytest.mark.parametrize(("answer", "told"), ANSWERS)
async def test_an_answer_that_could_not_be_kept_stops_the_start(answer: Any, told: str) -> None:
    """By the route and by what to write."""
    app = FastAPI()
    app.add_api_route("/it", answered, response_model=answer, dependencies=[Requires()])
    with pytest.raises(StartRefused, match=told) as refused:
        await started(app)
    assert "GET /it (test_misuse.py:" in str(refused.value)


@pytest.mark.parametrize(("endpoint", "told"), ENDPOINTS)
async def test_a_parameter_that_could_not_be_kept_stops_the_start(endpoint: Callable[..., Any], told: str) -> None:
    """The same for what comes in, and for streams."""
    app = FastAPI()
    app.add_api_route("/it", endpoint, methods=["POST"], dependencies=[Requires()])
    with pytest.raises(StartRefused, match=told):
        await started(app)


async def test_a_websocket_that_takes_a_guarded_model_stops_the_start() -> None:
    """Nothing looks at what it took."""
    app = FastAPI()

    @app.websocket("/ws", dependencies=[Requires()])
    async def talk(socket: WebSocket, staff: Annotated[Staff, Query()]) -> None: ...

    with pytest.raises(StartRefused, match="of a WebSocket"):
        await started(app)


@pytest.mark.parametrize("answer", [Fine, list[Team], Staff | None, dict[str, Fine], Iterable[Staff], MixedWell])
async def test_what_can_be_kept_starts(answer: Any) -> None:
    """Code that writes the answer without reading what is guarded included."""
    app = FastAPI()
    app.add_api_route("/it", answered, response_model=answer, dependencies=[Requires()])
    await started(app)


class Misspelt(BaseModel):
    salary: Annotated[int, Visible("a:z")] = 1


class Unwritable(BaseModel):
    salary: Annotated[int, Visible("a:x", write="c:d")] = 1


@pytest.mark.parametrize(
    ("answer", "told"), [(Misspelt, "'a:z' is in no role. Did you mean 'a:x'"), (Unwritable, "'c:d' is in no role")]
)
async def test_a_permission_that_no_role_grants_stops_the_start(answer: Any, told: str) -> None:
    """With the line of its Visible; a wildcard grants it."""

    def routed() -> FastAPI:
        app = FastAPI()
        app.add_api_route("/it", answered, response_model=answer, dependencies=[Requires()])
        return app

    with pytest.raises(StartRefused, match=told) as refused:
        await started(routed(), roles=Roles({"some": {"a:x"}}))
    assert "test_misuse.py:" in str(refused.value)
    await started(routed(), roles=Roles({"all": {"a:*", "c:*"}}))


async def test_a_guard_where_nobody_can_be_known_stops_the_start() -> None:
    """Nobody could ever see the field."""
    app = FastAPI()
    app.add_api_route("/it", answered, response_model=Staff, dependencies=[Public("a test")])
    with pytest.raises(StartRefused, match="nobody can prove who they are"):
        await started(app, authenticator=None)
