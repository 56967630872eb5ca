"""Apps in which everybody sees what others wrote, and is meant to: nothing is wrong with them."""

from itertools import count
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel

from tests.drill.attacks.access.shelf import PEOPLE, Caller

EMAILS = {name: f"{name}@example.com" for name in PEOPLE.values()}


class Said(BaseModel):
    """What somebody writes."""

    text: str


class Kept(Said):
    """What is kept of it."""

    id: int
    author: str


class Board:
    """What people wrote, by its number."""

    def __init__(self) -> None:
        self.kept: dict[int, Kept] = {}
        self._numbers = count(1)

    def numbered(self, said: Said, who: str) -> Kept:
        """What was said, with a number, and not kept."""
        return Kept(id=next(self._numbers), author=who, text=said.text)

    def write(self, said: Said, who: str) -> Kept:
        """Keep what was said."""
        one = self.numbered(said, who)
        self.kept[one.id] = one
        return one

    def one(self, number: int) -> Kept:
        """What has this number; 404 where nothing has."""
        if number not in self.kept:
            raise HTTPException(404)
        return self.kept[number]

    def all(self) -> list[Kept]:
        """Everything that is kept."""
        return list(self.kept.values())

    def of(self, who: str) -> list[Kept]:
        """What one person wrote."""
        return [each for each in self.all() if each.author == who]


def forum() -> FastAPI:
    """Members read each other's posts, and change their own alone."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    posts = Board()

    @app.post("/posts", status_code=201)
    def write(said: Said, who: Caller) -> Kept:
        return posts.write(said, who)

    @app.get("/posts")
    def everything(who: Caller) -> list[Kept]:
        return posts.all()

    @app.get("/posts/{post_id}")
    def one(post_id: int, who: Caller) -> Kept:
        return posts.one(post_id)

    @app.put("/posts/{post_id}")
    def change(post_id: int, said: Said, who: Caller) -> Kept:
        post = posts.one(post_id)
        if post.author != who:
            raise HTTPException(403)
        post.text = said.text
        return post

    @app.post("/posts/{post_id}/comments", status_code=201)
    def comment(post_id: int, said: Said, who: Caller) -> Kept:
        posts.one(post_id)
        return posts.numbered(said, who)

    @app.get("/members/{name}")
    def member(name: str, who: Caller) -> dict[str, str]:
        if name not in EMAILS:
            raise HTTPException(404)
        return {"name": name}

    return app


def wiki() -> FastAPI:
    """Whoever is signed in writes every page anew; anybody reads them, and sees who wrote last."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    pages = Board()

    @app.post("/pages", status_code=201)
    def begin(said: Said, who: Caller) -> Kept:
        return pages.write(said, who)

    @app.get("/pages")
    def everything() -> list[Kept]:
        return pages.all()

    @app.get("/pages/{page_id}")
    def read(page_id: int) -> Kept:
        return pages.one(page_id)

    @app.put("/pages/{page_id}")
    def change(page_id: int, said: Said, who: Caller) -> Kept:
        page = pages.one(page_id)
        page.text, page.author = said.text, who
        return page

    @app.delete("/pages/{page_id}", status_code=204)
    def remove(page_id: int, who: Caller) -> None:
        del pages.kept[pages.one(page_id).id]

    return app


def town() -> FastAPI:  # noqa: C901 - an app of one function, as people write them
    """Profiles and boards are for all; settings and notes are one's own, each numbered from one within its list."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    boards: dict[int, dict[str, Any]] = {}
    notes: dict[int, list[str]] = {}
    numbers = count(1)

    @app.get("/people/{name}")
    def profile(name: str) -> dict[str, str]:
        if name not in EMAILS:
            raise HTTPException(404)
        return {"name": name, "about": f"I am {name}."}

    @app.get("/people/{name}/settings")
    def settings(name: str, who: Caller) -> dict[str, str]:
        if name != who:
            raise HTTPException(404)
        return {"email": EMAILS[name]}

    @app.post("/boards", status_code=201)
    def found(said: Said, who: Caller) -> dict[str, Any]:
        board = {"id": next(numbers), "clerk": who, "text": said.text}
        boards[board["id"]], notes[board["id"]] = board, []
        return board

    def own(board_id: int, who: Caller) -> list[str]:
        if boards.get(board_id, {}).get("clerk") != who:
            raise HTTPException(404)
        return notes[board_id]

    @app.post("/boards/{board_id}/notes", status_code=201)
    def pin(said: Said, mine: Annotated[list[str], Depends(own)]) -> dict[str, Any]:
        mine.append("pinned")
        return {"number": len(mine), "text": "pinned"}

    @app.get("/boards/{board_id}/notes/{number}")
    def note(number: int, mine: Annotated[list[str], Depends(own)]) -> dict[str, Any]:
        if not 1 <= number <= len(mine):
            raise HTTPException(404)
        return {"number": number, "text": mine[number - 1]}

    @app.post("/contact", status_code=202)
    def contact(said: Said, authorization: Annotated[str, Header()] = "") -> dict[str, str]:
        return {"message": "Thank you."}

    return app


def blog() -> FastAPI:
    """Members read and like every post; each has a list of one's own beside the feed of all."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    posts = Board()
    likes: list[tuple[int, str]] = []

    @app.get("/me/posts")
    def mine(who: Caller) -> list[Kept]:
        return posts.of(who)

    @app.post("/posts", status_code=201)
    def write(said: Said, who: Caller) -> Kept:
        return posts.write(said, who)

    @app.get("/posts")
    def feed(who: Caller) -> list[Kept]:
        return posts.all()

    @app.get("/posts/{number}")
    def one(number: int, who: Caller) -> dict[str, Any]:
        post = posts.one(number)
        return {**post.model_dump(), "likes": sum(1 for each, _ in likes if each == number)}

    @app.post("/posts/{number}/like")
    def like(number: int, who: Caller) -> dict[str, int]:
        posts.one(number)
        likes.append((number, who))
        return {"likes": len(likes)}

    return app


def market() -> FastAPI:
    """What one offers is listed for oneself, and found and bought by all others."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    offers = Board()

    @app.post("/offers", status_code=201)
    def offer(said: Said, who: Caller) -> Kept:
        return offers.write(said, who)

    @app.get("/offers")
    def mine(who: Caller) -> list[Kept]:
        return offers.of(who)

    @app.get("/search-offers")
    def search(who: Caller, q: str = "") -> list[Kept]:
        return [each for each in offers.all() if q in each.text]

    @app.get("/offers/{number}")
    def seen(number: int, who: Caller) -> Kept:
        return offers.one(number)

    @app.post("/offers/{number}/buy")
    def buy(number: int, who: Caller) -> dict[str, int]:
        offers.one(number).text += " (sold)"
        return {"bought": number}

    return app
