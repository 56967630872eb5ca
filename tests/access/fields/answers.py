"""Everything that an endpoint may answer with; the value that is guarded is 7 in all of them."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, SerializeAsAny

from buckler import Visible
from tests.access.fields.models import (
    Box,
    Crew,
    Either,
    Frozen,
    Loose,
    Office,
    Person,
    Renamed,
    Row,
    Staff,
    Team,
    Tree,
)

BOB = Staff(name="bob", salary=7)


async def as_model() -> Staff:
    return BOB


def in_sync() -> Staff:
    return BOB


async def as_list() -> list[Staff]:
    return [BOB]


async def as_mapping() -> dict[str, Staff | None]:
    return {"bob": BOB, "nobody": None}


async def nested() -> Team:
    return Team(lead=BOB, members=[BOB], by_desk={"1": BOB}, anything=[BOB])


async def generic() -> Box[list[Staff]]:
    return Box[list[Staff]](inside=[BOB])


async def as_root() -> Crew:
    return Crew([BOB])


async def from_row() -> Any:
    return Row(name="bob", salary=7, role="reader")


async def from_mapping() -> Any:
    return {"name": "bob", "salary": 7}


async def in_anything() -> Any:
    return {"deep": [BOB]}


async def in_bare_mapping() -> dict[str, Any]:
    return {"deep": [BOB]}


async def without_words():  # type: ignore[no-untyped-def]
    return {"deep": [BOB, Office(BOB), Row(staff=BOB)]}


def in_sync_without_words():  # type: ignore[no-untyped-def]
    return BOB


async def in_dataclass() -> Office:
    return Office(BOB)


async def frozen() -> Frozen:
    return Frozen(salary=7)


async def loose() -> Loose:
    return Loose.model_validate({"salary": 7, "further": {"staff": BOB}})


async def drawn() -> Any:
    return (BOB for _ in range(2))


async def drawn_inside() -> dict[str, Any]:
    return {"drawn": (BOB for _ in range(2))}


class Base(BaseModel):
    """Writes whatever derives from it as what it is."""

    model_config = ConfigDict(polymorphic_serialization=True)


class Derived(Base):
    salary: Annotated[int, Visible("a:x")] = 7


async def polymorphic() -> list[Base]:
    return [Derived()]


async def as_any() -> SerializeAsAny[BaseModel]:
    return BOB


async def renamed() -> Renamed:
    return Renamed.model_validate({"grossSalary": 7})


async def in_itself() -> Tree:
    return Tree(label="salary 7", children=[Tree(label="salary 7")])


async def tagged() -> list[Either]:
    return [Person(phone="salary 7")]


ENDPOINTS: list[tuple[Callable[..., Any], dict[str, Any]]] = [
    (as_model, {}),
    (in_sync, {}),
    (as_list, {}),
    (as_mapping, {}),
    (nested, {}),
    (generic, {}),
    (as_root, {}),
    (from_row, {"response_model": Staff}),
    (from_mapping, {"response_model": Staff}),
    (from_mapping, {"response_model": Staff | int}),
    (as_model, {"response_model": None}),
    (as_model, {"response_model": Any}),
    (in_anything, {}),
    (in_bare_mapping, {}),
    (without_words, {}),
    (in_sync_without_words, {}),
    (in_dataclass, {}),
    (frozen, {}),
    (loose, {}),
    (drawn, {"response_model": Iterable[Staff]}),
    (drawn, {"response_model": None}),
    (drawn_inside, {}),
    (drawn_inside, {"response_model": None}),
    (polymorphic, {}),
    (as_any, {}),
    (renamed, {}),
    (renamed, {"response_model_by_alias": False}),
    (in_itself, {}),
    (tagged, {}),
    (as_model, {"response_model_exclude_unset": True}),
    (as_model, {"response_model_exclude_defaults": True}),
    (as_model, {"response_model_exclude_none": True}),
    (as_model, {"response_model_include": {"name", "salary"}}),
    (as_model, {"response_class": JSONResponse}),
]


def routed(endpoint: Callable[..., Any], given: dict[str, Any], who: Any, place: str) -> tuple[FastAPI, str]:
    app, router = FastAPI(), APIRouter()
    router.add_api_route("/it", endpoint, dependencies=[who], **given)
    if place == "direct":
        app.add_api_route("/it", endpoint, dependencies=[who], **given)
        return app, "/it"
    if place == "included":
        app.include_router(router, prefix="/in")
        return app, "/in/it"
    inner = FastAPI()
    inner.include_router(router)
    app.mount("/sub", inner)
    return app, "/sub/it"
