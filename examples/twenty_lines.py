"""Accounts, tokens, roles and a limit, in twenty lines.

Run it:  buckler serve twenty_lines:app --environment development
"""

from typing import Annotated

from fastapi import FastAPI

from buckler import Buckler, Limit, Principal, Public, Requires, Roles

app = FastAPI()
roles = Roles({"reader": {"reports:read"}, "editor": {"reader", "reports:write"}, "admin": {"*"}}, new="reader")
buckler = Buckler(app, accounts=True, console=True, roles=roles)  # settings from the environment; /auth/*, /console


@app.get("/health", dependencies=[Public("liveness probe")])
async def health() -> str:
    return "ok"


@app.get("/me", dependencies=[Limit("5/minute")])
async def me(who: Annotated[Principal, Requires()]) -> str:  # anyone signed in
    return who.name


@app.get("/reports")
async def reports(who: Annotated[Principal, Requires("reports:read")]) -> list[str]:
    return ["Q3"]
