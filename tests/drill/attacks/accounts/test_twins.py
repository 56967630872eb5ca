"""A second account of exactly the same name."""

import pytest
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from buckler.drill.arriving.entering import gather
from buckler.drill.attack import Finding
from buckler.drill.attacks.accounts.look_alikes import ATTACK as D308
from buckler.drill.plan.options import Options
from buckler.drill.run import attack_all
from tests.drill.people.apps import Store
from tests.drill.stage import engaged


class Form(BaseModel):
    """A name and a password."""

    username: str
    password: str


def club(taken: str) -> FastAPI:
    """Who registers a name that is there is refused, or written over it, or had beside the first."""
    app, store = FastAPI(), Store()
    passwords: dict[str, list[str]] = {}

    @app.post("/register", status_code=201)
    async def register(form: Form) -> dict[str, str]:
        name = form.username.strip().casefold()
        if not name.isascii() or (name in passwords and taken == "refused"):
            raise HTTPException(409)
        passwords[name] = [*(passwords.get(name, []) if taken == "beside" else []), form.password]
        return {"username": name}

    @app.post("/login")
    async def login(form: Form) -> dict[str, str]:
        if form.password not in passwords.get(form.username, ()) and taken != "anything opens":
            raise HTTPException(401)
        store.passwords[form.username] = form.password
        return {"access_token": store.enter(form.username, form.password)}

    return app


@pytest.mark.parametrize(
    ("taken", "severity"), [("refused", ""), ("over", "critical"), ("beside", "medium"), ("anything opens", "")]
)
async def test_the_same_name_is_had_once(taken: str, severity: str) -> None:
    """Whoever registers it anew takes the account over, or goes under the name of another."""
    async with engaged(club(taken)) as on:
        on.cast = await gather(on, Options())
        report = await attack_all(on, (D308,), "club")
    seen = [each.verdict for each in report.judged if isinstance(each.verdict, Finding)]
    assert [each.severity or "medium" for each in seen] == ([severity] if severity else [])
    assert all("exactly the same name" in each.words for each in seen)
