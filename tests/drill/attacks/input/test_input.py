"""Attacks by what is sent as a value, each seen to find a planted flaw and to find nothing without it."""

import logging
from collections.abc import Generator
from dataclasses import replace
from typing import Annotated

import pytest
from fastapi import Body as JsonBody
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from buckler.drill.attacks.input import INPUT
from buckler.drill.engagement import Engagement
from buckler.drill.people.cast import Cast
from buckler.drill.people.entry import Entry, Step
from buckler.drill.plan.route import JSON, Body, Route
from buckler.drill.run import attack_all
from tests.drill.attacks.input.workshop import workshop
from tests.drill.attacks.input.workshop.pages import LOG
from tests.drill.stage import engaged, found

TEXT = {"type": "string"}
PLANTED = {
    "search": ("D401", "GET /goods"),
    "order": ("D401", "GET /sorted"),
    "insert": ("D401", "POST /goods"),
    "blind": ("D401", "POST /audit"),
    "sign-in": ("D401", "POST /sign-in"),
    "template": ("D402", "POST /cards"),
    "shell": ("D403", "POST /greet"),
    "quiet-shell": ("D403", "POST /quiet"),
    "path": ("D404", "GET /logs"),
    "files-in-xml": ("D405", "POST /describe"),
    "entities": ("D405", "POST /describe"),
    "fetch": ("D406", "POST /try"),
    "fetch-later": ("D406", "POST /hooks"),
    "header": ("D407", "GET /download"),
    "log": ("D408", "POST /visits"),
    "operators": ("D409", "POST /find"),
    "operators-at-the-door": ("D409", "POST /enter"),
    "nested": ("D410", "POST /checked"),
    "spaces": ("D410", "POST /checked"),
    "reflected": ("D411", "GET /hello"),
    "attribute": ("D411", "GET /hello"),
    "stored": ("D412", "GET /wall"),
    "stored-one": ("D412", "GET /wall/{number}"),
    "overflow": ("D413", "POST /numbers"),
    "surrogate": ("D414", "POST /echo"),
    "traces": ("D415", "GET /parts/{number}"),
    "strict-eval": ("D416", "POST /admin/compute"),
    "failing-eval": ("D416", "POST /admin/evaluate"),
    "eval-within": ("D416", "POST /orders"),
    "eval-in-table": ("D416", "POST /orders"),
    "eval-in-header": ("D416", "GET /shown"),
    "eval-in-cookie": ("D416", "GET /themed"),
    "upload": ("D404", "POST /files"),
    "picture": ("D404", "POST /pictures"),
    "eval": ("D416", "POST /formula"),
    "yaml": ("D416", "POST /import"),
    "pickle": ("D416", "POST /import"),
}


CAST = Cast(
    entry=Entry(
        Step(
            Route(
                "POST",
                "/enter",
                body=Body(JSON, {"properties": {"user": TEXT, "pass": TEXT}, "required": ["user", "pass"]}),
            ),
            {"name": ("user",), "password": ("pass",)},
        )
    )
)
"""How one comes in was told: the route reads its body by itself, and no document says what it takes."""


@pytest.fixture
def lines() -> Generator[list[str]]:
    """The log of the workshop, line by line."""
    kept: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            kept.append(self.format(record))

    handler = Kept()
    LOG.addHandler(handler)
    LOG.propagate = False
    LOG.setLevel(logging.INFO)
    yield kept
    LOG.removeHandler(handler)


def with_log(on: Engagement, lines: list[str]) -> None:
    """Let the engagement see the log."""
    on.setting = replace(on.setting, logged=lines)


@pytest.mark.parametrize("flaw", PLANTED)
async def test_a_planted_flaw_is_found(flaw: str, lines: list[str]) -> None:
    """Each flaw is found where it was planted, by the attack that is named for it, and nowhere else."""
    number, route = PLANTED[flaw]
    async with engaged(workshop(flaw), CAST) as on:
        with_log(on, lines)
        assert await found(on, *(attack for attack in INPUT if attack.about.id == number)) == {(number, route)}


async def test_a_refusal_that_fails_everywhere_is_told_once() -> None:
    """What is sent back as it came cannot always be written: one cause, one finding for the whole target."""
    async with engaged(workshop("echoed-refusal"), CAST) as on:
        ids = await found(on, *(attack for attack in INPUT if attack.about.id == "D414"))
    assert ("D414", "*") in ids
    assert len(ids) <= 4


@pytest.mark.parametrize("flaw", ["none", "sandbox"])
async def test_nothing_is_found_where_nothing_is_wrong(flaw: str, lines: list[str]) -> None:
    """The same app without a flaw: no finding at all; a template that keeps to its sandbox is none."""
    async with engaged(workshop(flaw), CAST) as on:
        with_log(on, lines)
        assert await found(on, *INPUT) == set()


async def test_what_an_app_keeps_and_cannot_give_out_again_spoils_no_later_verdict() -> None:
    """Both are found: a list that fails since half a surrogate pair was kept, and markup in the same list."""
    app, kept = FastAPI(openapi_url=None), list[str]()

    @app.post("/notes", status_code=201)
    def keep(text: Annotated[str, JsonBody(embed=True)]) -> dict[str, int]:
        kept.append(text)
        "".join(kept).encode()
        return {"id": len(kept)}

    @app.get("/notes", response_class=HTMLResponse)
    def shown() -> str:
        return "".join(f"<p>{each}</p>" for each in kept)

    async with engaged(app) as on:
        several = [attack for attack in INPUT if attack.about.id in ("D412", "D414", "D415", "D416")]
        report = await attack_all(on, several, "app")
    verdicts = {(each.attack.id, type(each.verdict).__name__) for each in report.judged}
    assert {("D412", "Finding"), ("D416", "Clean")} <= verdicts
    assert any(b"\\ud800" in each.encode("utf-8", "backslashreplace") for each in kept), "it was sent, and last"
