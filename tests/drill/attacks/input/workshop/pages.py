"""Routes whose values stand in pages, heads and logs."""

import html
import logging
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from tests.drill.attacks.input.workshop.values import Line, Said

LOG = logging.getLogger("workshop")


def add_to(app: FastAPI, flaws: frozenset[str]) -> None:
    """Add them."""
    wall: list[str] = []

    def shown(text: str, flaw: str) -> str:
        return text if flaw in flaws else html.escape(text)

    @app.get("/hello", response_class=HTMLResponse)
    def hello(name: Line = "you") -> str:
        return f'<p title="{shown(name, "attribute")}">{shown(name, "reflected")}</p>'

    @app.post("/wall", status_code=303)
    def pin(said: Said) -> Response:
        wall.append(said.text)
        return RedirectResponse(f"/wall/{len(wall)}", 303)

    @app.get("/wall", response_class=HTMLResponse)
    def read() -> str:
        return "".join(f"<p>{shown(each, 'stored')}</p>" for each in wall[-50:])

    @app.get("/wall/{number}", response_class=HTMLResponse)
    def one(number: int) -> Response:
        if not 0 < number <= len(wall):
            return HTMLResponse("<p>Nothing hangs there</p>", 404)
        return HTMLResponse(f"<p>{shown(wall[number - 1], 'stored-one')}</p>")

    @app.get("/download")
    def download(name: Line = "a.txt") -> Response:
        kept = name.encode("latin-1", "replace").decode("latin-1") if "header" in flaws else quote(name, safe="")
        return Response("text", headers={"content-disposition": f"attachment; filename={kept}"})

    @app.post("/visits")
    def visit(said: Said) -> dict[str, str]:
        LOG.info("visit of %s" if "log" in flaws else "visit of %r", said.text)
        return {"welcome": "yes"}
