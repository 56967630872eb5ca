"""An app without accounts of its own: Keycloak signs people in, this app takes their access tokens.

No database is opened and no file is written. For a Keycloak on this machine, as in the Docker image's development
mode, name it by its address: ISSUER=http://127.0.0.1:8080/realms/notes

Run it:  ISSUER=https://login.example.com/realms/notes buckler serve keycloak_style:app --environment development
"""

import os
from typing import Annotated

from fastapi import FastAPI

from buckler import Buckler, Issuer, Principal, Requires, Roles

url = os.environ.get("ISSUER", "https://login.example.com/realms/notes")
keycloak = Issuer(
    url,
    audience="notes-api",
    roles="realm_access.roles",
    name="preferred_username",
    typ="JWT",
    access_claim=("typ", "Bearer"),
    private=url.startswith("http://127.0.0.1:"),
)
app = FastAPI(title="Notes of people whom Keycloak knows")
Buckler(app, issuers=[keycloak], roles=Roles({"reader": {"notes:read"}, "writer": {"reader", "notes:write"}}))

notes: list[dict[str, str]] = []


@app.get("/me")
async def me(who: Annotated[Principal, Requires()]) -> dict[str, str]:
    return {"name": who.name, "kind": who.kind, "issuer": who.issuer}


@app.get("/notes", dependencies=[Requires("notes:read")])
async def read() -> list[dict[str, str]]:
    return notes


@app.post("/notes/{title}", status_code=201)
async def write(title: str, who: Annotated[Principal, Requires("notes:write")]) -> dict[str, str]:
    note = {"title": title, "owner": who.id}
    notes.append(note)
    return note
