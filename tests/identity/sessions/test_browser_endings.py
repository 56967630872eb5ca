"""What ends the session of a browser, and that its cookie is dead then."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from buckler.identity.sessions.browser_sessions import COOKIE, BrowserSessions
from buckler.identity.sessions.session_store import SessionState
from tests.identity.browser import Browser, signed_in
from tests.identity.home import Home
from tests.identity.house import PASSWORD
from tests.proof import two_sided_async

DAY = 86_400
NEW = "seven green lanterns at dusk"


class Forgetful(BrowserSessions):
    """Believes what it remembers, whatever was ended since."""

    def recall(self, value: bytes) -> Any:
        known = self._known.get(sha256(value).digest())
        return known.principal if known is not None else None


ENDS = {
    "logout": lambda browser: browser.post("/auth/logout"),
    "logout everywhere": lambda browser: browser.post("/auth/logout-everywhere"),
    "its owner": lambda browser: browser.delete(f"/auth/sessions/{browser.session_id}"),
}


@pytest.mark.asvs("7.4.1")
@pytest.mark.parametrize("way", ENDS)
async def test_what_ended_is_over_at_once_and_in_every_process(tmp_path: Path, way: str) -> None:
    """The cookie that somebody copied before is refused with the next request, here and by a second process."""
    whole, twin = (Home(tmp_path / "whole"), Home(tmp_path / "whole")), (
        Home(tmp_path / "twin", Forgetful), Home(tmp_path / "twin", Forgetful),
    )  # fmt: skip

    async def attack(homes: tuple[Home, Home]) -> bool:
        async with homes[0] as here, homes[1] as there:
            browser = await signed_in(here)
            thieves = Browser(here), Browser(there)
            for thief in thieves:
                thief.value, thief.csrf = browser.value, browser.csrf
                assert await thief.is_in()
            assert (await ENDS[way](browser)).status_code == 204
            await there.opened.revocations.apply()
            return await thieves[0].is_in() or await thieves[1].is_in()

    await two_sided_async(attack, whole=whole, twin=twin)


def _keeping_all(*_: object) -> None:
    """What a service does that leaves the browser to itself."""


@pytest.mark.asvs("14.3.1")
async def test_a_logout_clears_the_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cookie goes, and what was kept of the pages; the device stays known, and other sites keep theirs."""
    from buckler.identity.routes import sessions as routes

    async def attack(home: Home) -> bool:
        browser = await signed_in(home)
        answer = await browser.post("/auth/logout")
        lines = answer.headers.get_list("set-cookie")
        return not (
            answer.headers.get("clear-site-data") == '"cache", "storage"'
            and lines == [f"{COOKIE}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"]
        )

    async def only_here(home: Home) -> bool:
        with monkeypatch.context() as patch:
            if home is twin:
                patch.setattr(routes, "forgetting", _keeping_all)
            return await attack(home)

    async with Home(tmp_path / "whole") as whole, Home(tmp_path / "twin") as twin:
        await two_sided_async(only_here, whole=whole, twin=twin)


class Endless(BrowserSessions):
    """A session that has begun goes on."""

    async def _note_use(self, state: SessionState, now: int) -> int | None:
        return now


@pytest.mark.asvs("7.3.1", "7.3.2")
@pytest.mark.parametrize(("step", "times"), [(7 * DAY + 1, 1), (3 * DAY, 11)], ids=["idle", "absolute"])
async def test_a_session_ends_by_itself(tmp_path: Path, step: int, times: int) -> None:
    """A week unused, or thirty days old however much it was used: the cookie opens nothing."""
    async with Home(tmp_path / "whole") as whole, Home(tmp_path / "twin", Endless) as twin:

        async def attack(home: Home) -> bool:
            browser = await signed_in(home)
            for _ in range(times - 1):
                home.clock.advance(step)
                await browser.is_in()
            home.clock.advance(step)
            return await browser.is_in()

        await two_sided_async(attack, whole=whole, twin=twin)


async def test_a_new_password_ends_it_and_gives_another(tmp_path: Path) -> None:
    async with Home(tmp_path) as home:
        browser, other, held = await signed_in(home), await signed_in(home), await home.begin()
        old = Browser(home)
        old.value = browser.value
        answer = await browser.post("/auth/me/password", current=PASSWORD, new=NEW)
        assert answer.json()["csrf_token"] == browser.csrf
        assert "access_token" not in answer.json()
        assert browser.value != old.value
        assert await browser.is_in()
        assert not await old.is_in()
        assert not await other.is_in()
        assert not await home.lives(held)


async def test_a_clock_that_was_set_back_opens_nothing(tmp_path: Path) -> None:
    async with Home(tmp_path) as home:
        browser = await signed_in(home)
        assert await browser.is_in()
        assert (await browser.post("/auth/logout")).status_code == 204
        home.clock._now -= 3600
        assert not await browser.is_in()


class Unwritten(BrowserSessions):
    """Refuses what is over, and keeps nothing of it."""

    async def _note_use(self, state: SessionState, now: int) -> int | None:
        over = state.expires_at <= now or state.last_used_at <= now - self._idle
        return None if over else await super()._note_use(state, now)


@pytest.mark.parametrize(("step", "times"), [(7 * DAY + 1, 1), (3 * DAY, 11)], ids=["idle", "absolute"])
async def test_what_was_over_once_stays_so(tmp_path: Path, step: int, times: int) -> None:
    """Though the clock is set back to when it was good."""
    async with Home(tmp_path / "whole") as whole, Home(tmp_path / "twin", Unwritten) as twin:

        async def attack(home: Home) -> bool:
            browser = await signed_in(home)
            for _ in range(times):
                home.clock.advance(step)
                came = await browser.is_in()
            assert not came
            home.clock._now -= step + 1
            return await browser.is_in()

        await two_sided_async(attack, whole=whole, twin=twin)
