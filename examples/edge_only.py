"""An app without accounts: anybody may call it, and still no request meets it as it came.

Hosts, paths, sizes, JSON, forms, limits, redirects, headers and errors are Buckler's; what comes in has types and
bounds. No database is opened, nothing is written, and nothing but `buckler` and a server is needed.

Run it:  buckler serve edge_only:app --environment development
"""

from typing import Annotated

from fastapi import FastAPI, Form
from fastapi.responses import RedirectResponse

from buckler import Accepts, Buckler, Limit, Public
from buckler.input import FormModel, Line, ReturnPath, StrictModel, Text

app = FastAPI(title="Guest book")
Buckler(app, default=Public("a guest book is for everybody"))


class Entry(StrictModel):
    name: Line
    words: Text = ""


class Vote(FormModel):
    choice: Line


@app.post("/entries", status_code=201, dependencies=[Limit("5/minute"), Accepts(max_body="16 kB")])
async def sign(entry: Entry) -> Entry:
    return entry


@app.post("/votes")
async def vote(cast: Annotated[Vote, Form()]) -> str:
    return cast.choice


@app.get("/back")
async def back(to: ReturnPath) -> RedirectResponse:
    return RedirectResponse(to, 303)
