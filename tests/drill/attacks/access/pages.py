"""Letters as pages: each answer has a nonce of its own, and a form leads to what it made."""

from itertools import count
from secrets import token_hex
from typing import Annotated

from fastapi import FastAPI, Form, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse

from tests.drill.attacks.access.shelf import Caller


def pages(*flaws: str) -> FastAPI:
    """The app with these flaws."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    letters: dict[int, tuple[str, str]] = {}
    numbers = count(1)

    def page(body: str) -> HTMLResponse:
        return HTMLResponse(f'<main>{body}</main><form><input name="csrf" value="{token_hex(8)}"></form>')

    def found(number: int, who: str, flaw: str) -> tuple[str, str]:
        letter = letters.get(number)
        if letter is None or (letter[0] != who and flaw not in flaws):
            raise HTTPException(404)
        return letter

    @app.post("/letters", status_code=303)
    def write(text: Annotated[str, Form()], who: Caller) -> RedirectResponse:
        number = next(numbers)
        letters[number] = who, text
        return RedirectResponse(f"/letters/{number}", 303)

    @app.get("/letters", response_class=HTMLResponse)
    def mine(who: Caller) -> HTMLResponse:
        shown = [
            f'<a href="/letters/{n}">{text}</a>' for n, (of, text) in letters.items() if of == who or "list" in flaws
        ]
        return page("".join(shown))

    @app.get("/letters/{letter_id}", response_class=HTMLResponse)
    def one(letter_id: int, who: Caller) -> HTMLResponse:
        return page(found(letter_id, who, "read")[1])

    @app.post("/letters/{letter_id}/seal", status_code=303)
    def seal(letter_id: int, who: Caller) -> RedirectResponse:
        of, text = found(letter_id, who, "seal")
        letters[letter_id] = of, f"{text} (sealed)"
        return RedirectResponse(f"/letters/{letter_id}", 303)

    return app
