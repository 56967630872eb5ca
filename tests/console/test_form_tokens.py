"""Every form of somebody who is signed in does nothing without the token of that session (ASVS 3.5.1)."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from buckler.access.callers.session_cookie import csrf_token_for
from buckler.access.declarations.declaration import FormTokenCheck
from buckler.console import page_routes
from buckler.console.forms import Pressed, read_form
from buckler.console.page_routes import take_form
from buckler.identity.accounts import DATABASE_FILE
from buckler.identity.administration.administration import OPERATOR
from buckler.identity.sessions.browser_sessions import COOKIE
from buckler.install import buckler_of
from tests.console.visit import ConsoleHouse, Visitor
from tests.identity.house import PASSWORD
from tests.identity.post_house import NEW_PASSWORD
from tests.proof import two_sided_async

of_the_house = pytest.mark.asyncio(loop_scope="module")
ACCOUNT = "/console/accounts/{account}"
FORMS: dict[str, dict[str, Any]] = {
    "/console/sign-out": {},
    "/console/sessions/end-others": {},
    "/console/sessions/end-all": {},
    "/console/sessions/forget-devices": {},
    "/console/sessions/{session_id}/end": {},
    "/console/profile/password": {"current": PASSWORD, "new": NEW_PASSWORD},
    "/console/profile/address": {"address": "elsewhere@example.com", "password": PASSWORD},
    "/console/profile/address/confirm": {"code": ""},
    "/console/profile/erase": {"password": PASSWORD, "sure": "yes"},
    f"{ACCOUNT}/disable": {},
    f"{ACCOUNT}/enable": {},
    f"{ACCOUNT}/end-sessions": {},
    f"{ACCOUNT}/roles": {"shown": "reader", "roles": ["reader", "admin"], "password": PASSWORD},
    "/console/accounts/invite": {"address": "invited@example.com", "roles": ["admin"], "password": PASSWORD},
    "/console/log/verify": {},
}
"""Each of them, with what makes it do something."""


def test_every_form_is_among_them(house: ConsoleHouse) -> None:
    """One that is made later has to be written down above."""
    assert {each.path for each in own_forms(house)} == {*FORMS}
    assert str(FormTokenCheck("the console")) == "FormTokenCheck('the console')"


def own_forms(house: ConsoleHouse) -> list[Any]:
    buckler = buckler_of(house.app)
    assert buckler is not None
    return [
        each
        for each in buckler.policy().routes
        if each.path.startswith("/console") and "POST" in (each.methods or ()) and each.public is None
    ]


@dataclass
class Scene:
    """Somebody in front of a form, and all that it could change."""

    house: ConsoleHouse
    visitor: Visitor
    path: str
    fields: dict[str, Any]
    foreign: str
    """The token of another session of the same person."""

    @property
    def own(self) -> str:
        """The token of this one."""
        return csrf_token_for(self.visitor.client.cookies[COOKIE].encode())

    async def does_something(self, token: str | None) -> bool:
        """Send the form with this token, from our own page."""
        before = await self._kept()
        fields = {**self.fields, **({} if token is None else {"csrf_token": token})}
        headers = {"origin": "https://localhost", "sec-fetch-site": "same-origin"}
        answer = await self.visitor.client.post(self.path, data=fields, headers=headers, follow_redirects=False)
        verified = self.path.endswith("/verify") and answer.status_code == 200
        return verified or await self._kept() != before

    async def _kept(self) -> list[Any]:
        """Everything in the database but the log, and every letter."""
        await self.house.opened.afterwards.settle()
        async with self.house.accounts._database.writing():  # whatever is on its way is there
            pass
        file = self.house.accounts.settings.data / DATABASE_FILE
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            tables = connection.execute("select name from sqlite_master where type = 'table' order by name")
            names = [name for (name,) in tables.fetchall() if not name.startswith("event")]
            return [(name, connection.execute(f'select * from "{name}"').fetchall()) for name in names]  # noqa: S608


async def scene_of(house: ConsoleHouse, form: str) -> Scene:
    """A form of a new administrator, who is signed in twice."""
    visitor = await house.person("admin")
    elsewhere = house.visitor(name=visitor.name)
    await elsewhere.sign_in()
    foreign = csrf_token_for(elsewhere.client.cookies[COOKIE].encode())
    target = house.visitor(name=f"target-{visitor.name}")
    account = await house.account(target.name)
    await target.sign_in()
    if form.endswith("/enable"):
        await house.opened.administration.disable(OPERATOR, account)
    session_id = elsewhere.client.cookies[COOKIE].partition(".")[0]
    fields = {**FORMS[form], **({"address": f"new-{visitor.name}"} if "address" in FORMS[form] else {})}
    found = Scene(house, visitor, form.format(account=account, session_id=session_id), fields, foreign)
    if form.endswith("/address/confirm"):
        body = {"address": f"new-{visitor.name}", "password": PASSWORD, "csrf_token": found.own}
        await visitor.post("/console/profile/address", body)
        found.fields["code"] = await house.code("address")
    return found


@of_the_house
@pytest.mark.parametrize("form", FORMS)
async def test_without_the_token_of_this_session_it_does_nothing(house: ConsoleHouse, form: str) -> None:
    """Neither without any nor with that of another session of the same person; with its own it does what it says."""
    scene = await scene_of(house, form)
    assert not await scene.does_something(None)
    assert not await scene.does_something(scene.foreign)
    assert await scene.does_something(scene.own)


async def forgetful(_: Request) -> Response:
    """A page that does not look at the token."""
    return PlainTextResponse("done")


async def careful(request: Request) -> Response:
    """One that does."""
    return PlainTextResponse("done" if (await read_form(request, Pressed, own=True)).model else "stale")


@pytest.mark.asvs("3.5.1")
async def test_a_page_that_forgets_to_compare_the_token_never_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused at the first try, with or without a token; where nobody asks whether it did, it is believed."""

    async def attack(kind: str) -> bool:
        house = ConsoleHouse(tmp_path / kind)
        with monkeypatch.context() as patched:
            if kind == "twin":
                believing: Callable[[Any], Any] = lambda endpoint: endpoint  # noqa: E731
                patched.setattr(page_routes, "_refusing_unread", believing)
            for name, endpoint in (("forgetful", forgetful), ("careful", careful)):
                house.app.router.routes.append(take_form(f"/console/{name}", endpoint))
        async with house:
            ada = await house.person()
            assert (await ada.post("/console/careful", {})).answer.text == "stale"
            answer = await ada.client.post("/console/forgetful", data={}, headers={"accept": "application/json"})
            if kind == "whole":
                assert answer.json()["type"] == "urn:buckler:problem:csrf-token"
            return answer.text == "done"

    await two_sided_async(attack, whole="whole", twin="twin")
