"""A board of pages: a form makes posts, and those that are for oneself are read at a path of their own."""

from html import escape
from itertools import count
from typing import Annotated

import pytest
from fastapi import FastAPI, Form, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse

from buckler.drill.attacks.access.object_read import ATTACK as D103
from buckler.drill.attacks.access.object_write import ATTACK as D104
from tests.drill.attacks.access.shelf import CAST, Caller
from tests.drill.stage import engaged, found


def board(*, checks: bool) -> FastAPI:
    """Where it `checks`, a private post is its author's."""
    app, numbers = FastAPI(docs_url=None, redoc_url=None, openapi_url=None), count(1)
    posts: dict[int, tuple[str, str, str, bool]] = {}

    @app.post("/posts/new")
    def write(
        title: Annotated[str, Form()],
        content: Annotated[str, Form()],
        who: Caller,
        is_private: Annotated[bool, Form()] = False,
    ) -> RedirectResponse:
        number = next(numbers)
        posts[number] = (who, title, content, is_private)
        return RedirectResponse("/posts/mine" if is_private else f"/posts/{number}", 303)

    @app.get("/posts/mine", response_class=HTMLResponse)
    def mine(who: Caller) -> str:
        own = [(number, post) for number, post in posts.items() if post[0] == who]
        links = (f"<li><a href='/posts/private/{number}'>{escape(post[1])}</a>" for number, post in own)
        return f"<ul>{''.join(links)}</ul>"

    @app.get("/posts/{post_id}", response_class=HTMLResponse)
    def one(post_id: int) -> str:
        if post_id not in posts or posts[post_id][3]:
            raise HTTPException(404)
        return f"<h1>{escape(posts[post_id][1])}</h1><p>{escape(posts[post_id][2])}</p>"

    @app.get("/posts/private/{post_id}", response_class=HTMLResponse)
    def private(post_id: int, who: Caller) -> str:
        if post_id not in posts or (checks and posts[post_id][0] != who):
            raise HTTPException(404)
        return f"<h1>{escape(posts[post_id][1])}</h1><p>{escape(posts[post_id][2])}</p>"

    @app.post("/posts/{post_id}/pin")
    def pin(post_id: int, who: Caller) -> RedirectResponse:
        if post_id not in posts or (checks and posts[post_id][0] != who):
            raise HTTPException(404)
        author, title, content, is_private = posts[post_id]
        posts[post_id] = (author, f"{title} (pinned)", content, is_private)
        return RedirectResponse("/posts/mine", 303)

    return app


@pytest.mark.parametrize("checks", [False, True])
async def test_a_private_post_is_its_authors_on_pages_too(checks: bool) -> None:
    async with engaged(board(checks=checks), CAST) as on:
        wanted = {("D103", "GET /posts/private/{post_id}"), ("D104", "POST /posts/{post_id}/pin")}
        assert await found(on, D103, D104) == (set() if checks else wanted)
