"""A page that shows what several routes took: each that is not escaped is told."""

from html import escape
from itertools import count
from typing import Annotated

import pytest
from fastapi import FastAPI, Form, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse

from buckler.drill.attack import Finding
from buckler.drill.attacks.input.stored_markup import ATTACK as D412
from buckler.drill.run import attack_all
from tests.drill.stage import engaged


def board(*raw: str) -> FastAPI:
    """Posts, and comments below them; what is named in `raw` is not escaped."""
    app, numbers = FastAPI(), count(1)
    posts: dict[int, tuple[str, list[str]]] = {}

    def shown(kind: str, text: str) -> str:
        return text if kind in raw else escape(text)

    @app.post("/posts/new")
    def write(content: Annotated[str, Form()]) -> RedirectResponse:
        number = next(numbers)
        posts[number] = (content, [])
        return RedirectResponse(f"/posts/{number}", 303)

    @app.post("/posts/{post_id}/comments")
    def comment(post_id: int, content: Annotated[str, Form()]) -> RedirectResponse:
        if post_id not in posts:
            raise HTTPException(404)
        posts[post_id][1].append(content)
        return RedirectResponse(f"/posts/{post_id}", 303)

    @app.get("/posts/{post_id}", response_class=HTMLResponse)
    def one(post_id: int) -> str:
        if post_id not in posts:
            raise HTTPException(404)
        content, comments = posts[post_id]
        below = "".join(f"<p>{shown('comment', each)}</p>" for each in comments)
        return f"<html><body><article>{shown('post', content)}</article>{below}</body></html>"

    return app


@pytest.mark.parametrize("raw", [(), ("post",), ("comment",), ("post", "comment")])
async def test_each_route_whose_text_is_not_escaped_is_told(raw: tuple[str, ...]) -> None:
    """The second is told beside the first, under a place of its own."""
    async with engaged(board(*raw)) as on:
        report = await attack_all(on, (D412,), "board")
    seen = [each.verdict for each in report.judged if isinstance(each.verdict, Finding)]
    assert {each.route for each in seen} == ({"GET /posts/{post_id}"} if raw else set())
    takes = {"post": "POST /posts/new", "comment": "POST /posts/{post_id}/comments"}
    assert sorted(route for route in takes.values() if any(route in each.words for each in seen)) == sorted(
        takes[each] for each in raw
    )
    assert len({each.place for each in seen}) == len(raw)
