"""An app that takes every field type in every place, and what a value of each may be at most."""

import inspect
import json
import re
import unicodedata
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Annotated, Any, Final

from fastapi import Cookie, Depends, FastAPI, Form, Header
from sqlalchemy import String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from buckler import Public
from buckler.input import (
    Count,
    Email,
    FileName,
    Filters,
    Finite,
    FormModel,
    Html,
    Identifier,
    Int32,
    Int64,
    Key,
    Line,
    Moment,
    Money,
    Page,
    PageQuery,
    Pages,
    Password,
    Percent,
    ReturnPath,
    Sorting,
    StrictModel,
    Text,
    Url,
    Username,
    UuidKey,
)
from tests.stage import protect

KINDS: Final[dict[str, Any]] = {
    "count": Count,
    "email": Email,
    "file_name": FileName,
    "finite": Finite,
    "html": Html,
    "identifier": Identifier,
    "int32": Int32,
    "int64": Int64,
    "key": Key,
    "line": Line,
    "moment": Moment,
    "money": Money,
    "password": Password,
    "percent": Percent,
    "return_path": ReturnPath,
    "text": Text,
    "url": Url,
    "username": Username,
    "uuid_key": UuidKey,
}


class Row(DeclarativeBase):
    pass


class Thing(Row):
    __tablename__ = "thing"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
    worth: Mapped[float | None]


THINGS: Final = Pages(
    Sorting({"name": Thing.name, "worth": Thing.worth}, default="name", tie=Thing.id),
    Filters({"name": (Thing.name, "is", "in", "contains", "starts_with"), "worth": (Thing.worth, "from")}),
)


def app_of_all_kinds() -> FastAPI:
    """For each kind a route that takes it as JSON, form, path, query, header and cookie."""
    app = FastAPI()
    for name, kind in KINDS.items():
        _place(app, name, kind)
    engine = create_engine("sqlite://", connect_args={"check_same_thread": False})
    Row.metadata.create_all(engine)

    @app.get("/things")
    async def things(asked: Annotated[PageQuery, Depends(THINGS)]) -> Page[int]:
        with Session(engine) as session:
            return asked.page(session.execute(asked.narrow(select(Thing.id))), int)

    return protect(app, default=Public("for the tests"))


def _place(app: FastAPI, name: str, kind: Any) -> None:
    body = type("Body", (StrictModel,), {"__annotations__": {"value": kind}, "__module__": __name__})
    form = type("Sent", (FormModel,), {"__annotations__": {"value": kind}, "__module__": __name__})

    async def by_json(sent: Any) -> Any:
        return {"value": _shown(sent.value)}

    async def by_form(sent: Any) -> Any:
        return {"value": _shown(sent.value)}

    async def by_place(value: Any) -> Any:
        return {"value": _shown(value)}

    for endpoint, taken, verb, path in (
        (by_json, body, "POST", f"/json/{name}"),
        (by_form, Annotated[form, Form()], "POST", f"/form/{name}"),
        (by_place, kind, "GET", f"/path/{name}/{{value}}"),
        (by_place, kind, "GET", f"/query/{name}"),
        (by_place, Annotated[kind, Header()], "GET", f"/header/{name}"),
        (by_place, Annotated[kind, Cookie()], "GET", f"/cookie/{name}"),
    ):
        app.add_api_route(path, _taking(endpoint, taken), methods=[verb], response_model=None)


def _taking(endpoint: Callable[..., Any], taken: Any) -> Callable[..., Any]:
    async def route(**given: Any) -> Any:
        return await endpoint(*given.values())

    (name,) = inspect.signature(endpoint).parameters
    parameter = inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=taken)
    route.__signature__ = inspect.Signature([parameter])  # type: ignore[attr-defined]
    return route


def _shown(value: object) -> str:
    return str(value)


class _Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [tag, *(f"{name}={value}" for name, value in attrs)]


def _is_plain(text: str, *, lines: bool) -> bool:
    controls = [letter for letter in text if unicodedata.category(letter) in ("Cc", "Cs")]
    turned = any(letter in text for letter in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    return not turned and all(lines and letter in "\t\n\r\x85" for letter in controls)


def _is_tame(markup: str) -> bool:
    tags = "script|iframe|svg|math|style|object|embed|form|base|meta|link|template|noscript"
    wild = rf"({tags}|on\w+=.*|.*=\s*(javascript|data|vbscript):.*)"
    return not any(re.fullmatch(wild, found, re.IGNORECASE | re.DOTALL) for found in _Tags(markup).found)


def _whole(low: int, high: int) -> Callable[[str], bool]:
    return lambda value: low <= int(value) <= high


ALLOWED: Final[dict[str, Callable[[str], bool]]] = {
    "count": _whole(0, 2**63 - 1),
    "email": lambda value: value.count("@") == 1 and _is_plain(value, lines=False) and " " not in value,
    "file_name": lambda value: _is_plain(value, lines=False) and not re.search(r"[/\\:]|^\.|\.$", value),
    "finite": lambda value: float(value) - float(value) == 0,
    "html": _is_tame,
    "identifier": lambda value: re.fullmatch(r"[0-9a-f]{32}", value) is not None,
    "int32": _whole(-(2**31), 2**31 - 1),
    "int64": _whole(-(2**63), 2**63 - 1),
    "key": _whole(1, 2**63 - 1),
    "line": lambda value: _is_plain(value, lines=False) and bool(value.strip()) and len(value) <= 200,
    "moment": lambda value: re.match(r"\d{4}-\d\d-\d\d ", value) is not None,
    "money": lambda value: re.fullmatch(r"-?\d{1,20}(\.\d{1,4})?", value) is not None,
    "password": lambda value: set(value) == {"*"},
    "percent": lambda value: 0 <= float(value) <= 100,
    "return_path": lambda value: (
        re.match(r"/(?![/\\])", value) is not None and "\\" not in value and "//" not in value.split("?")[0]
    ),
    "text": lambda value: _is_plain(value, lines=True) and len(value) <= 10_000,
    "url": lambda value: re.match(r"https://[a-z0-9.\[\]:-]+(/|\Z)", value) is not None,
    "username": lambda value: _is_plain(value, lines=False) and bool(value.strip()) and len(value) <= 64,
    "uuid_key": lambda value: re.fullmatch(r"[0-9a-f-]{36}", value) is not None,
}
"""What holds for each value that was taken, said once more and in another way than the types say it."""


def taken(body: bytes) -> str:
    """The value that an answer says it took."""
    return str(json.loads(body)["value"])
