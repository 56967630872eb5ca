"""Endpoints of plain routes, as many kinds as there are, each with its path and what more its route says."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import HTTPException, Query
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask

from buckler import Limit, Principal, Requires


class Thing(BaseModel):
    id: int
    name: str = Field(default="none", alias="called")
    at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    inner: "Thing | None" = None


class Row:
    """As an ORM hands one over."""

    id, called, at, inner = 3, "row", datetime(2026, 1, 2, tzinfo=UTC), None


@dataclass
class Spot:
    x: float
    y: float


class Odd(Exception):
    """Has a handler of the app's own."""


ran: list[str] = []


async def a_model() -> Thing:
    return Thing(id=1, called="one")


async def nested() -> list[Thing]:
    return [Thing(id=1, called="one", inner=Thing(id=2)), Thing(id=3)]


async def a_dict() -> Thing:
    return {"id": 4, "called": "dict", "more": "is dropped"}  # type: ignore[return-value]


async def from_attributes() -> Thing:
    return Row()  # type: ignore[return-value]


async def a_dataclass() -> Spot:
    return Spot(1.5, -2)


async def nothing() -> None:
    return None


async def wrong() -> Thing:
    return {"id": "not a number"}  # type: ignore[return-value]


async def refused() -> str:
    raise HTTPException(418, "short and stout", {"x-pot": "tea"})


async def odd() -> str:
    raise Odd


async def broken() -> str:
    raise LookupError("the text of an error")


async def made_itself() -> Thing:
    return JSONResponse({"any": "thing"}, 202, {"x-own": "1"})  # type: ignore[return-value]


async def redirects() -> str:
    return RedirectResponse("/elsewhere")  # type: ignore[return-value]


async def afterwards() -> Thing:
    task = BackgroundTask(ran.append, "afterwards")
    return PlainTextResponse("soon", background=task)  # type: ignore[return-value]


async def unicode() -> dict[str, str]:
    return {"text": "\u00e9\u4e2d\U0001f600\u2028<script>"}


async def of_path(number: int, word: str) -> dict[str, str]:
    return {"number": str(number), "word": word}


class Filter(BaseModel):
    text: str = ""
    size: int = Field(default=10, ge=1, le=100)


async def of_query(
    number: int, q: Annotated[list[str], Query(alias="question")], size: Annotated[int, Query(le=9)] = 5
) -> list[str]:
    return [str(number), *q, str(size)]


async def of_query_model(asked: Annotated[Filter, Query()]) -> Filter:
    return asked


async def of_caller(who: Annotated[Principal, Requires("a:x")], number: int) -> list[str]:
    return [who.name, str(number)]


PLAIN: list[tuple[Callable[..., Any], str, dict[str, Any]]] = [
    (a_model, "/it", {}),
    (a_model, "/it", {"response_model_by_alias": False, "status_code": 201}),
    (a_model, "/it", {"response_model_exclude_unset": True, "response_model_include": {"id", "name"}}),
    (a_model, "/it", {"response_model_exclude_defaults": True, "response_model_exclude_none": True}),
    (a_model, "/it", {"response_model_exclude": {"at"}}),
    (nested, "/it", {}),
    (a_dict, "/it", {}),
    (from_attributes, "/it", {}),
    (a_dataclass, "/it", {}),
    (nothing, "/it", {"response_model": Thing | None}),
    (wrong, "/it", {}),
    (refused, "/it", {}),
    (odd, "/it", {}),
    (broken, "/it", {}),
    (made_itself, "/it", {}),
    (redirects, "/it", {}),
    (afterwards, "/it", {}),
    (unicode, "/it", {}),
    (of_path, "/it/{number}/{word}", {}),
    (of_path, "/it/{number}/{word:path}", {}),
    (of_caller, "/it/{number}", {}),
    (of_query, "/it/{number}", {}),
    (of_query_model, "/it", {}),
    (a_model, "/it", {"dependencies": [Limit("1000/minute"), Requires("a:x")]}),
    (a_model, "/it", {"methods": ["GET", "HEAD", "DELETE"]}),
]
