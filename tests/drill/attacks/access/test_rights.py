"""Rights that are taken, and what is told to anybody: each is found, and not found where it is in order."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel

from buckler.drill.arriving.entering import gather
from buckler.drill.attacks.access import ACCESS
from buckler.drill.attacks.access.evidence import tells_password
from buckler.drill.people.cast import Cast
from buckler.drill.people.identity import Identity
from buckler.drill.plan.options import Options, read_user
from buckler.drill.transport.answer import Answer
from tests.drill.people.apps import Store
from tests.drill.stage import engaged, found

OPTIONS = Options().with_line(
    None,
    read_user("ada:secret-of-ada"),
    read_user("ben:secret-of-ben"),
    read_user("eva:secret-of-eva", administrator=True),
)
ROLES = ("Reader", "Keeper")
PLANTED: dict[str, set[tuple[str, str]]] = {
    "role": {("D105", "PATCH /me")},
    "remove": {("D102", "DELETE /books/{book_id}")},
    "loans": {("D101", "GET /all-loans")},
    "secret": {("D101", "GET /settings"), ("D106", "GET /settings")},
    "": set(),
}


class Book(BaseModel):
    """One of the library."""

    title: str
    image_url: str | None = None


class Loan(BaseModel):
    """A book that somebody has at home."""

    address: str
    coupon_id: int | None = None


def library(flaw: str) -> FastAPI:  # noqa: C901 - one route after the other
    """Readers, who borrow; keepers, who add and remove books; a role is a word of a list that no document tells."""
    app, store = FastAPI(openapi_url=None), Store(ada="secret-of-ada", ben="secret-of-ben", eva="secret-of-eva")
    roles = {"ada": "Reader", "ben": "Reader", "eva": "Keeper"}
    numbers, books = count(1), dict[int, Book]()

    def caller(authorization: Annotated[str, Header()] = "") -> str:
        return store.who(authorization.removeprefix("Bearer "))

    def keeper(name: Annotated[str, Depends(caller)]) -> str:
        if roles[name] != "Keeper":
            raise HTTPException(403)
        return name

    @app.post("/login")
    async def login(body: dict[str, Any]) -> dict[str, str]:
        return {"access_token": store.enter(body["username"], body["password"])}

    @app.get("/me")
    async def me(name: Annotated[str, Depends(caller)]) -> dict[str, str]:
        return {"username": name, "role": roles[name]}

    @app.patch("/me")
    async def change(body: dict[str, Any], name: Annotated[str, Depends(caller)]) -> dict[str, str]:
        role = body.get("role", roles[name])
        if role not in ROLES:
            raise HTTPException(500)
        roles[name] = role if flaw == "role" else roles[name]
        return {"username": name, "role": roles[name]}

    @app.put("/books", status_code=201)
    async def add(book: Book, _: Annotated[str, Depends(keeper)]) -> dict[str, object]:
        if book.image_url:
            raise HTTPException(500)
        books[number := next(numbers)] = book
        return {"id": number, "title": book.title}

    @app.get("/books")
    async def listed(_: Annotated[str, Depends(caller)]) -> list[dict[str, object]]:
        return [{"id": number, "title": each.title} for number, each in books.items()]

    @app.delete("/books/{book_id}", status_code=204)
    async def remove(book_id: int, name: Annotated[str, Depends(caller)]) -> None:
        if flaw != "remove":
            keeper(name)
        if books.pop(book_id, None) is None:
            raise HTTPException(404)

    _lend(app, flaw, caller, keeper, numbers)
    return app


def _lend(
    app: FastAPI, flaw: str, caller: Callable[..., str], keeper: Callable[..., str], numbers: Iterator[int]
) -> None:
    """What readers have at home, and what stands beside it."""
    loans = list[dict[str, object]]()

    @app.post("/loans", status_code=201)
    async def borrow(loan: Loan, name: Annotated[str, Depends(caller)]) -> dict[str, object]:
        if loan.coupon_id is not None:
            raise HTTPException(404, "No such coupon")
        loans.append({"id": next(numbers), "owner": name, "address": loan.address})
        return loans[-1]

    @app.get("/loans")
    async def mine(name: Annotated[str, Depends(caller)]) -> list[dict[str, object]]:
        return [each for each in loans if each["owner"] == name]

    @app.get("/all-loans")
    async def everybodys(authorization: Annotated[str, Header()] = "") -> list[dict[str, object]]:
        if flaw != "loans":
            keeper(caller(authorization))
        return loans

    @app.get("/settings")
    async def settings() -> dict[str, str]:
        return {"language": "en", "secret_key" if flaw == "secret" else "colour": "f7c1e0b55a0d"}


@pytest.mark.parametrize("flaw", PLANTED)
async def test_a_right_that_is_taken_is_found(flaw: str) -> None:
    """Where it was planted; nothing in a library in order, where roles are words that nobody can guess."""
    async with engaged(library(flaw)) as on:
        on.cast = await gather(on, OPTIONS)
        assert on.cast.administrator is not None, on.cast.notes
        assert await found(on, *ACCESS) == PLANTED[flaw]


@pytest.mark.parametrize(
    ("body", "media", "password", "told"),
    [
        (b'{"password_hash": "8f1c"}', "application/json", "password", False),
        (b'{"users": [{"note": "password"}]}', "application/json", "password", True),
        (b'{"a": "x s3cretword y"}', "application/json", "s3cretword", False),
        (b"<p>the password is wrong</p>", "text/html", "password", False),
        (b"<p>s3cretword</p>", "text/html", "s3cretword", True),
        (b'{"a": "short"}', "application/json", "short", False),
    ],
)
def test_a_password_is_told_as_a_value(body: bytes, media: str, password: str, told: bool) -> None:
    """Not where it stands within a name or a longer text, and not where it is a word that any page may have."""
    assert tells_password(Answer(200, (("content-type", media),), body), password) is told


async def test_somebody_without_an_administrator_gets_no_role_that_is_unknown() -> None:
    """The usual word is tried, in the way that the app writes such words, and nothing is found where it is refused."""
    async with engaged(library("role")) as on:
        whole = await gather(on, OPTIONS)
        people: tuple[Identity, ...] = whole.ordinary
        on.cast = Cast(people, newcomers=whole.newcomers, entry=whole.entry)
        assert ("D105", "PATCH /me") not in await found(on, *ACCESS)
