"""Forms that lead on only where all of them is filled in."""

from typing import Annotated

import pytest
from fastapi import FastAPI, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from buckler.drill.attacks.browser import BROWSER
from tests.drill.stage import engaged, found


def _form(*, leads: bool) -> FastAPI:
    app = FastAPI(openapi_url=None)

    @app.post("/enter")
    def enter(nickname: Annotated[str, Form()] = "", next: Annotated[str, Form()] = "/") -> Response:  # noqa: A002
        if not nickname:
            return HTMLResponse("<p>Who are you?</p>")
        inside = next.startswith("/") and not next.startswith(("//", "/\\", "/\t"))
        return RedirectResponse(next if leads or inside else "/", 303)

    return app


@pytest.mark.parametrize("leads", [True, False])
async def test_a_form_that_is_filled_in_leads_anywhere(leads: bool) -> None:
    """What may be left out by the document is what the app asks for first."""
    async with engaged(_form(leads=leads)) as on:
        several = await found(on, *(each for each in BROWSER if each.about.id == "D606"))
    assert several == ({("D606", "POST /enter")} if leads else set())
