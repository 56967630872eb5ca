"""What an app writes past `logging` is not seen: then nobody knows whether a line of its log can be forged."""

import logging
from collections.abc import Callable
from dataclasses import replace

import pytest
from fastapi import FastAPI

from buckler.drill.attack import Clean, Finding, Untested, Verdict
from buckler.drill.attacks.input.log_lines import ATTACK as D408
from buckler.drill.run import attack_all
from buckler.staging.log_lines import logged
from tests.drill.stage import engaged


def past_logging(text: str) -> None:
    """Written straight to where the log goes."""
    print(f"searched for {text}")  # noqa: T201 - an app that does not use `logging`


def as_it_is(text: str) -> None:
    """With every line break in it."""
    logging.getLogger("shop").info("searched for %s", text)


def as_literal(text: str) -> None:
    """With line breaks as two characters."""
    logging.getLogger("shop").info("searched for %r", text)


@pytest.mark.parametrize(("write", "verdict"), [(past_logging, Untested), (as_it_is, Finding), (as_literal, Clean)])
async def test_only_a_log_that_was_seen_withstands(write: Callable[[str], None], verdict: type[Verdict]) -> None:
    """Nothing is said of one that never was."""
    app = FastAPI()

    @app.get("/search")
    def search(q: str = "x") -> int:
        write(q)
        return 0

    with logged() as lines:
        async with engaged(app) as on:
            on.setting = replace(on.setting, logged=lines)
            report = await attack_all(on, (D408,), "shop")
    assert {type(each.verdict) for each in report.judged if each.verdict.route == "GET /search"} == {verdict}
