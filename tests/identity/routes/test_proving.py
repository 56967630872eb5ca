"""Roles and invitations ask a caller by cookie for the password: a browser left open makes no administrator."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from buckler.access.callers.session_cookie import csrf_token_for
from buckler.identity.routes import administration, registration
from buckler.identity.sessions.browser_sessions import COOKIE
from tests.console.visit import ConsoleHouse
from tests.identity.house import PASSWORD
from tests.identity.owners.test_confirmation import CLEO, Verified
from tests.identity.post_house import ADA, BEA, STRANGE_PASSWORD, problem
from tests.proof import two_sided_async

WAYS = ("roles", "invitation")


class Left:
    """The browser of an administrator who went away: whoever sits down at it has the cookie, and not the password."""

    def __init__(self, house: Verified, cookie: str, account: str) -> None:
        self._house = house
        self._fields = {"Cookie": f"{COOKIE}={cookie}", "X-CSRF-Token": csrf_token_for(cookie.encode())}
        self.account = account

    async def give(self, **members: Any) -> httpx2.Response:
        """Make Ada an administrator."""
        body = {"roles": ["admin"], **members}
        path = f"/auth/accounts/{self.account}/roles"
        return await self._house.ask("PUT", path, json=body, headers=self._fields)

    async def invite(self, **members: Any) -> httpx2.Response:
        """Invite one."""
        body = {"name": CLEO, "roles": ["admin"], **members}
        return await self._house.ask("POST", "/auth/invitations", json=body, headers=self._fields)

    async def send(self, way: str, **members: Any) -> httpx2.Response:
        return await (self.give(**members) if way == "roles" else self.invite(**members))


async def left(house: Verified) -> Left:
    """It, in a house where Ada lives and Bea administrates."""
    account = await house.move_in(ADA)
    await house.move_in(BEA, "admin")
    answer = await house.post("/auth/sign-in", name=BEA, password=PASSWORD, session="cookie")
    cookie = next(each for each in answer.headers.get_list("set-cookie") if each.startswith(f"{COOKIE}="))
    return Left(house, cookie.partition("=")[2].partition(";")[0], account)


async def asks_nobody(*_: object) -> None:
    """In the place of `prove_in_browser`: whoever has the cookie may."""


@pytest.mark.asvs("7.5.3")
@pytest.mark.parametrize("way", WAYS)
async def test_a_browser_that_was_left_open_makes_no_administrator(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither without the password nor with a wrong one. Where it is not asked for, it does."""

    async def attack(kind: str) -> bool:
        async with Verified(tmp_path / kind) as house:
            browser = await left(house)
            with monkeypatch.context() as patched:
                if kind == "twin":
                    patched.setattr(administration, "prove_in_browser", asks_nobody)
                    patched.setattr(registration, "prove_in_browser", asks_nobody)
                answers = [await browser.send(way), await browser.send(way, password=STRANGE_PASSWORD)]
            if kind == "whole":
                assert [problem(each) for each in answers] == [(403, "password-refused")] * 2
            return await house.roles_of(ADA) == {"admin"} or ("invite", CLEO) in await house.sent()

    await two_sided_async(attack, whole="whole", twin="twin")


async def test_with_the_password_it_is_done_and_a_bearer_token_needs_none(tmp_path: Path) -> None:
    """An answer tells the roles and nothing else; scripts go on as before, however many roles they give."""
    async with Verified(tmp_path) as house:
        browser = await left(house)
        done = await browser.give(password=PASSWORD)
        assert (done.status_code, done.json()) == (200, {"roles": ["admin"]})
        assert (await browser.invite(password=PASSWORD)).status_code == 202
        assert await house.sent() == [("invite", CLEO)]
        token = (await house.enter(BEA))["access_token"]
        for at in range(12):
            body = {"roles": ["reader"] if at % 2 else ["desk"]}
            answer = await house.ask("PUT", f"/auth/accounts/{browser.account}/roles", token, json=body)
            assert answer.status_code == 200


async def test_guessing_has_one_budget_wherever_the_password_is_asked_for(tmp_path: Path) -> None:
    """Ten tries a minute, spread over the pages of the console and the API, all by the cookie of one session."""
    async with ConsoleHouse(tmp_path) as house:
        bea = await house.person("admin")
        account = await house.account(ADA)
        cookie = bea.client.cookies[COOKIE]
        api = {"X-CSRF-Token": csrf_token_for(cookie.encode())}
        form = {"csrf_token": api["X-CSRF-Token"], "password": STRANGE_PASSWORD}

        async def guess(at: int) -> int:
            if at % 3 == 0:
                return (await bea.post(f"/console/accounts/{account}/roles", {**form, "roles": "admin"})).status
            if at % 3 == 1:
                return (await bea.post("/console/profile/erase", {**form, "sure": "yes"})).status
            body = {"roles": ["admin"], "password": STRANGE_PASSWORD}
            path = f"/auth/accounts/{account}/roles"
            return (await bea.client.put(path, json=body, headers=api)).status_code

        assert [await guess(at) for at in range(13)] == [403] * 10 + [429] * 3
        found = await house.opened.administration.accounts.find(account)
        assert found is not None
        assert set(found.roles) == {"reader"}
