"""A browser's session: a cookie that we made, that no script reads, and that is dead when its session is."""

import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from buckler.asgi import Exchange
from buckler.identity.account_store import Account
from buckler.identity.administration.administration import OPERATOR
from buckler.identity.sessions import browser_sessions
from buckler.identity.sessions.browser_sessions import COOKIE, NOTED, BrowserSessions, CookieSession
from buckler.identity.sessions.session_store import MOST
from buckler.storage.database.tables import SessionRow
from buckler.tokens.segments import decode
from tests.identity.browser import Browser, signed_in
from tests.identity.home import Home
from tests.proof import two_sided_async

DAY = 86_400
NEW = "seven green lanterns at dusk"


async def test_a_sign_in_gives_the_browser_a_cookie_and_no_token(tmp_path: Path) -> None:
    async with Home(tmp_path) as home:
        browser = Browser(home)
        answer = await browser.sign_in()
        lines = [each for each in answer.headers.get_list("set-cookie") if each.startswith(COOKIE)]
        assert len(lines) == 1
        assert lines[0].split("; ")[1:] == ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"]
        assert answer.json() == {"status": "complete", "csrf_token": browser.csrf, "expires_in": 7 * DAY}
        assert answer.headers["cache-control"] == "no-store"
        assert (await browser.get()).json()["name"] == "alice"
        told = (await browser.get("/auth/session")).json()
        assert told == {
            "id": browser.session_id,
            "name": "alice",
            "expires_at": told["expires_at"],
            "csrf_token": browser.csrf,
        }
        assert (await home.get("/auth/session", (await home.begin()).access)).json()["csrf_token"] is None


@pytest.mark.parametrize("members", [{"password": "another otter plays the harp"}, {"name": "nobody"}])
async def test_whoever_does_not_come_in_gets_none(tmp_path: Path, members: dict[str, str]) -> None:
    async with Home(tmp_path) as home:
        answer = await Browser(home).sign_in(**members)
        assert (answer.status_code, answer.headers.get_list("set-cookie")) == (401, [])


class Leaky(BrowserSessions):
    """Keeps the secret itself in the place of its digest."""

    async def begin(self, account: Account, exchange: Exchange | None, **given: Any) -> CookieSession:
        made = await super().begin(account, exchange, **given)
        secret = decode(made.value.split(".")[1].encode())
        async with self._database.writing() as connection:
            mine = SessionRow.id == made.session_id
            await connection.execute(update(SessionRow).where(mine).values(current_digest=secret))
        return made


async def test_the_database_keeps_a_digest_alone(tmp_path: Path) -> None:
    """Whoever copies the file has no cookie of it."""
    async with Home(tmp_path / "whole") as whole, Home(tmp_path / "twin", Leaky) as twin:

        async def attack(home: Home) -> bool:
            browser = await signed_in(home)
            secret = decode(browser.value.split(".")[1].encode())
            kept = [bytes(row[0]) for row in home.rows("SELECT current_digest FROM session")]
            assert (sha256(secret).digest() in kept) is (secret not in kept)
            return secret in kept

        await two_sided_async(attack, whole=whole, twin=twin)


class Adopting(BrowserSessions):
    """Goes on with the session that the browser has, as if nothing had changed by the sign-in."""

    async def begin(self, account: Account, exchange: Exchange | None, **given: Any) -> CookieSession:
        former = self._former(exchange)
        if former is None:
            return await super().begin(account, exchange, **given)
        assert exchange is not None
        async with self._database.writing() as connection:
            mine = SessionRow.id == former
            await connection.execute(update(SessionRow).where(mine).values(account_id=account.id))
        self._known.clear()
        value = exchange.headers[b"cookie"].decode().partition("=")[2]
        return CookieSession(value, former, 1)


@pytest.mark.asvs("7.2.4")
async def test_a_cookie_that_was_planted_is_worth_nothing_after_a_sign_in(tmp_path: Path) -> None:
    """Somebody with an account makes a victim's browser keep his cookie; the victim signs in; he is not she."""
    async with Home(tmp_path / "whole") as whole, Home(tmp_path / "twin", Adopting) as twin:

        async def attack(home: Home) -> bool:
            await home.register("mallory")
            his = await signed_in(home, "mallory")
            victim = Browser(home)
            victim.value, victim.csrf = his.value, his.csrf
            assert (await victim.sign_in("alice")).status_code == 200
            return (await his.get()).status_code == 200 and (await his.get()).json()["name"] == "alice"

        await two_sided_async(attack, whole=whole, twin=twin)


@pytest.mark.parametrize(
    "planted",
    [
        "", "x", "0" * 32, f"{'0' * 32}.{'A' * 43}.{'A' * 22}", "../../etc/passwd", "1 OR 1=1", "%00", "A" * 4000,
        f"{'0' * 32}.{'A' * 43}", f"{'g' * 32}.{'A' * 43}.{'A' * 22}",
    ],
)  # fmt: skip
async def test_an_id_that_we_did_not_issue_is_never_adopted(tmp_path: Path, planted: str) -> None:
    async with Home(tmp_path) as home:
        browser = Browser(home)
        browser.value = planted
        assert not await browser.is_in()
        assert (await browser.sign_in()).status_code == 200
        assert browser.value != planted
        assert len(browser.value) == 99
        assert await browser.is_in()


async def test_each_sign_in_has_another_and_the_one_before_ends(tmp_path: Path) -> None:
    """Of the same browser, whoever signs in with it next; that of another browser goes on."""
    async with Home(tmp_path) as home:
        await home.register("bob")
        elsewhere, browser = await signed_in(home), await signed_in(home)
        first, csrf = browser.value, browser.csrf
        assert (await browser.sign_in("bob")).status_code == 200
        old = Browser(home)
        old.value, old.csrf = first, csrf
        assert browser.value != first
        assert not await old.is_in()
        assert await browser.is_in()
        assert await elsewhere.is_in()
        ended = home.rows("SELECT ended_for FROM session WHERE ended_at IS NOT NULL")
        assert [each[0] for each in ended] == ["signed in again"]


async def test_a_cookie_is_no_token_and_a_token_no_cookie(tmp_path: Path) -> None:
    async with Home(tmp_path) as home:
        browser, held = await signed_in(home), await home.begin()
        assert not await home.is_in(browser.value)
        assert await home.renew(browser.value) is None
        for other in (held.refresh, held.access):
            thief = Browser(home)
            thief.value = other
            assert not await thief.is_in()
        assert await browser.is_in()


async def test_use_is_noted_once_a_minute(tmp_path: Path) -> None:
    async with Home(tmp_path) as home:
        browser, begun = await signed_in(home), int(home.clock.now())
        used = "SELECT last_used_at FROM session"
        for seconds, noted in ((0, 0), (NOTED - 1, 0), (1, NOTED), (1, NOTED), (NOTED - 1, 2 * NOTED)):
            home.clock.advance(seconds)
            assert await browser.is_in()
            assert home.rows(used) == [(begun + noted,)]


async def test_between_two_looks_the_database_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    find = browser_sessions.rows.find

    async def noticing(connection: Any, session_id: str) -> Any:
        asked.append(session_id)
        return await find(connection, session_id)

    monkeypatch.setattr(browser_sessions.rows, "find", noticing)
    async with Home(tmp_path) as home:
        browser = await signed_in(home)
        asked.clear()
        for _ in range(10):
            assert await browser.is_in()
        stranger = Browser(home)
        stranger.value = f"{'0' * 32}.{'A' * 43}.{'A' * 22}"
        assert not await stranger.is_in()
        assert asked == [browser.session_id]


async def test_a_right_that_is_taken_is_gone_at_once_and_a_given_one_there_within_a_minute(tmp_path: Path) -> None:
    async with Home(tmp_path) as home:
        browser = await signed_in(home)
        account = await home.account()
        await home.register("bob")
        set_roles = home.opened.administration.set_roles
        await set_roles(OPERATOR, (await home.account("bob")).id, ["admin"])

        async def permissions() -> list[str]:
            return list((await browser.get()).json()["permissions"])

        assert await permissions() == ["reports:read"]
        await set_roles(OPERATOR, account.id, ["admin", "reader"])
        home.clock.advance(NOTED)
        assert await permissions() == ["*", "reports:read"]
        await set_roles(OPERATOR, account.id, ["reader"])
        assert await permissions() == ["reports:read"]


async def test_it_stands_among_the_others_and_under_their_cap(tmp_path: Path) -> None:
    async with Home(tmp_path) as home:
        browser = await signed_in(home)
        listed = (await browser.get("/auth/sessions")).json()["sessions"]
        assert [(each["id"], each["current"]) for each in listed] == [(browser.session_id, True)]
        for _ in range(MOST):
            home.clock.advance(1)
            await home.begin_inside()
        assert not await browser.is_in()


async def test_what_is_remembered_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser_sessions, "_MOST", 2)
    async with Home(tmp_path) as home:
        browsers = [await signed_in(home) for _ in range(3)]
        for each in browsers * 2:
            assert await each.is_in()
        assert len(home.opened.browser_sessions._known) == 2


def test_nothing_shows_a_cookie() -> None:
    session = CookieSession("secret", "1" * 32, 60)
    assert "secret" not in repr(session)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", session.csrf_token)
