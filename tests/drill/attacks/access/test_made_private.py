"""Things that everybody reads, but for those that their owner made private."""

from itertools import count
from typing import Any, Literal

import pytest
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from buckler.drill.attacks.access.object_read import ATTACK as D103
from buckler.drill.attacks.access.object_write import ATTACK as D104
from tests.drill.attacks.access.shelf import CAST, Caller
from tests.drill.stage import engaged, found


class Flagged(BaseModel):
    """A post, for all or for oneself."""

    title: str
    content: str
    is_private: bool = False


class Chosen(BaseModel):
    """The same, by a word."""

    title: str
    content: str
    visibility: Literal["public", "private"] = "public"


def board(taken: type[BaseModel], *, checks: bool) -> FastAPI:
    """Members write posts. Where it `checks`, private ones are their owner's, and each removes the own ones."""
    app, numbers = FastAPI(docs_url=None, redoc_url=None, openapi_url=None), count(1)
    posts: dict[int, dict[str, Any]] = {}

    def is_private(post: dict[str, Any]) -> bool:
        return bool(post.get("is_private")) or post.get("visibility") == "private"

    def asked(number: int, who: str) -> dict[str, Any]:
        post = posts.get(number)
        if post is None or (checks and is_private(post) and post["author"] != who):
            raise HTTPException(404)
        return post

    @app.post("/posts", status_code=201)
    def write(post: taken, who: Caller) -> dict[str, Any]:  # type: ignore[valid-type]
        number = next(numbers)
        posts[number] = {"id": number, "author": who, **post.model_dump()}  # type: ignore[attr-defined]
        return {"id": number}

    @app.get("/posts")
    def everything(who: Caller) -> list[dict[str, Any]]:
        return [each for each in posts.values() if not is_private(each) or each["author"] == who]

    @app.get("/posts/{post_id}")
    def one(post_id: int, who: Caller) -> dict[str, Any]:
        return asked(post_id, who)

    @app.post("/posts/{post_id}/pin", status_code=204)
    def pin(post_id: int, who: Caller) -> None:
        asked(post_id, who)["pinned"] = True

    return app


@pytest.mark.parametrize("taken", [Flagged, Chosen])
@pytest.mark.parametrize("checks", [False, True])
async def test_what_its_owner_made_private_is_given_to_nobody(taken: type[BaseModel], checks: bool) -> None:
    """Read and changed: what is public is everybody's business still."""
    async with engaged(board(taken, checks=checks), CAST) as on:
        wanted = {("D103", "GET /posts/{post_id}"), ("D104", "POST /posts/{post_id}/pin")}
        assert await found(on, D103, D104) == (set() if checks else wanted)
