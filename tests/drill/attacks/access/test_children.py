"""What stands within something of somebody's: the list of it shows whose it is, and what a stranger did to it."""

from itertools import count
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from buckler.drill.attack import Clean, Untested
from buckler.drill.attacks.access.object_read import ATTACK as D103
from buckler.drill.attacks.access.object_write import ATTACK as D104
from buckler.drill.run import attack_all
from tests.drill.attacks.access.shelf import CAST, Caller
from tests.drill.stage import engaged, found


class Title(BaseModel):
    """Of a project."""

    title: str


class Text(BaseModel):
    """Of a step in it."""

    text: str


class Projects:
    """What is kept, and who may do what to it."""

    def __init__(self, open_to_all: tuple[str, ...]) -> None:
        self.open_to_all = open_to_all
        self.numbers = count(1)
        self.kept: dict[int, dict[str, Any]] = {}
        self.steps: dict[int, dict[int, str]] = {}

    def of(self, number: int, who: str, what: str = "") -> dict[int, str]:
        """The steps of a project, where `who` may do that."""
        if number not in self.kept or (what not in self.open_to_all and self.kept[number]["by"] != who):
            raise HTTPException(404)
        return self.steps[number]


def projects(*open_to_all: str) -> FastAPI:
    """Projects with steps, which are read by the project alone. What is named here asks nobody whose the project is."""
    app, there = FastAPI(), Projects(open_to_all)

    @app.post("/projects", status_code=201)
    def begin(project: Title, who: Caller) -> dict[str, Any]:
        number = next(there.numbers)
        there.kept[number], there.steps[number] = {"id": number, "by": who, "title": project.title}, {}
        return there.kept[number]

    @app.get("/projects/{project_id}")
    def read(project_id: int, who: Caller) -> dict[str, Any]:
        there.of(project_id, who)
        return there.kept[project_id]

    if "unlisted" not in open_to_all:

        @app.get("/projects/{project_id}/steps")
        def listed(project_id: int, who: Caller) -> list[dict[str, Any]]:
            return [{"id": number, "text": text} for number, text in there.of(project_id, who).items()]

    @app.post("/projects/{project_id}/steps", status_code=201)
    def add(project_id: int, step: Text, who: Caller) -> dict[str, Any]:
        steps, number = there.of(project_id, who, "add"), next(there.numbers)
        steps[number] = step.text
        return {"id": number, "text": step.text}

    @app.patch("/projects/{project_id}/steps/{step_id}")
    def change(project_id: int, step_id: int, step: Text, who: Caller) -> dict[str, Any]:
        steps = there.of(project_id, who, "change")
        if step_id not in steps:
            raise HTTPException(404)
        steps[step_id] = step.text
        return {"id": step_id, "text": step.text}

    @app.delete("/projects/{project_id}/steps/{step_id}", status_code=204)
    def remove(project_id: int, step_id: int, who: Caller) -> None:
        if there.of(project_id, who, "remove").pop(step_id, None) is None:
            raise HTTPException(404)

    return app


PLANTED = {
    "add": "POST /projects/{project_id}/steps",
    "change": "PATCH /projects/{project_id}/steps/{step_id}",
    "remove": "DELETE /projects/{project_id}/steps/{step_id}",
}


@pytest.mark.parametrize("flaw", PLANTED)
async def test_a_step_of_anothers_project_is_missed_by_nobody(flaw: str) -> None:
    async with engaged(projects(flaw), CAST) as on:
        assert await found(on, D103, D104) == {("D104", PLANTED[flaw])}


async def test_nothing_is_found_where_the_project_is_asked_for_first() -> None:
    async with engaged(projects(), CAST) as on:
        assert await found(on, D103, D104) == set()


async def test_what_was_answered_as_done_and_shows_nowhere_is_no_clean_verdict() -> None:
    """What was added is read by nobody: neither is it clean, nor does anything show that it was done."""
    async with engaged(projects("add", "unlisted"), CAST) as on:
        report = await attack_all(on, [D104], "app")
    (verdict,) = (each.verdict for each in report.judged if each.verdict.route == PLANTED["add"])
    assert isinstance(verdict, Untested)
    assert "nothing shows its owner whether it was done" in verdict.reason


def boards() -> FastAPI:
    """Boards that are shown to anybody who names whose."""
    app, numbers = FastAPI(), count(1)
    kept: list[dict[str, Any]] = []
    ids = {"ada": 1, "ben": 2, "root": 3}

    @app.get("/me")
    def me(who: Caller) -> dict[str, Any]:
        return {"id": ids[who], "username": who}

    @app.post("/boards", status_code=201)
    def begin(board: Title, who: Caller) -> dict[str, Any]:
        kept.append({"id": next(numbers), "title": board.title, "of": ids[who]})
        return kept[-1]

    @app.get("/boards")
    def listed(who: Caller, owner: int | None = None, owner_id: int | None = None) -> list[dict[str, Any]]:
        return [each for each in kept if each["of"] == (owner or owner_id or ids[who])]

    return app


async def test_a_list_that_may_be_asked_for_anothers_is_not_told_as_withstood() -> None:
    """Whoever is named in the query is somebody, and it is asked for in the attack."""
    async with engaged(boards(), CAST) as on:
        report = await attack_all(on, [D103], "app")
    (verdict,) = (each.verdict for each in report.judged if each.verdict.route == "GET /boards")
    assert not isinstance(verdict, Clean)


def forum() -> FastAPI:
    """Posts that every member reads and likes. Who asks without naming an author is shown the own ones."""
    app, numbers = FastAPI(), count(1)
    posts: dict[int, dict[str, Any]] = {}

    def shown(number: int) -> dict[str, Any]:
        if number not in posts:
            raise HTTPException(404)
        return posts[number]

    @app.post("/posts", status_code=201)
    def write(post: Text, who: Caller) -> dict[str, Any]:
        number = next(numbers)
        posts[number] = {"id": number, "author": who, "text": post.text, "likes": []}
        return posts[number]

    @app.get("/posts")
    def of_one(who: Caller, author: str = "") -> list[dict[str, Any]]:
        return [each for each in posts.values() if each["author"] == (author or who)]

    @app.get("/me/posts")
    def mine(who: Caller) -> list[dict[str, Any]]:
        return of_one(who)

    @app.get("/posts/{post_id}")
    def read(post_id: int, who: Caller) -> dict[str, Any]:
        return shown(post_id)

    @app.post("/posts/{post_id}/like")
    def like(post_id: int, who: Caller) -> dict[str, Any]:
        shown(post_id)["likes"].append(who)
        return shown(post_id)

    return app


async def test_a_list_of_ones_own_says_of_no_post_that_nobody_else_may_read_it() -> None:
    """Nor does one that shows an author at a time."""
    async with engaged(forum(), CAST) as on:
        assert await found(on, D103, D104) == set()
