"""A session goes on by refresh tokens that are good once, ends when it must, and takes what came from it along."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.identity.owners.endings import Endings
from buckler.identity.sessions import session_store
from buckler.identity.sessions.session_secrets import Presented
from buckler.identity.sessions.session_store import MOST
from buckler.identity.sessions.sessions import GRACE, Sessions
from tests.clocks import FakeClock
from tests.identity.home import Held, Home
from tests.identity.house import PASSWORD
from tests.identity.test_account_machine import EndlessSessions, HastySessions
from tests.proof import two_sided_async

DAY = 86_400
TABS = 20


class ForgivingSessions(Sessions):
    """Takes an old token for a slow tab, however late it comes."""

    async def _turn(
        self, connection: AsyncConnection, token: Presented, successors: Sequence[Presented], now: int
    ) -> Any:
        turn = await super()._turn(connection, token, successors, now)
        return replace(turn, successor=successors[0]) if turn.event == "authn_token_reuse" else turn

    async def _end(self, connection: AsyncConnection, session_id: str, reason: str) -> bool:
        return True


class DriftingSessions(Sessions):
    """Each refresh counts as a sign-in, as strong as any."""

    def _begun(self, state: Any, account: Any, token: Presented, exchange: Any) -> Any:
        now = int(self._clock.now())
        return super()._begun(replace(state, auth_time=now, amr=("pwd", "otp")), account, token, exchange)


class CrowdedSessions(Sessions):
    """Ends nothing when another session begins: not what the device had, and not the oldest of too many."""

    async def _make_room(
        self, connection: AsyncConnection, account_id: str, device_id: str | None, now: int
    ) -> dict[str, str]:
        return {}


class MildEndings(Endings):
    """A new password, and whoever had the old one stays inside."""

    async def end(self, connection: AsyncConnection, account: Any, reason: str, exchange: Any) -> None:
        """Nothing ends."""


async def chain(home: Home, length: int) -> list[Held]:
    """A sign-in, and so many refreshes after it, each later than any grace."""
    sittings = [await home.begin()]
    for _ in range(length):
        home.clock.advance(GRACE)
        sittings.append(await home.must_renew(sittings[-1].refresh))
    home.clock.advance(GRACE)
    return sittings


@pytest.mark.asvs("10.4.5")
async def test_a_replay_kills_every_descendant(tmp_path: Path) -> None:
    """Whichever old token comes back: it is refused, and neither the newest nor any access token is good."""
    async with Home(tmp_path / "whole") as whole, Home(tmp_path / "twin", EndlessSessions) as twin:
        for at in (0, 1, 2):

            async def attack(home: Home, at: int = at) -> bool:
                sittings = await chain(home, 3)
                assert await home.is_in(sittings[-1].access)
                assert await home.renew(sittings[at].refresh) is None
                alive = [await home.is_in(each.access) for each in sittings]
                return any(alive) or await home.renew(sittings[-1].refresh) is not None

            await two_sided_async(attack, whole=whole, twin=twin)


async def test_a_replay_ends_no_other_session(tmp_path: Path) -> None:
    """Of the same account or another."""
    async with Home(tmp_path) as home:
        await home.register("bea")
        others = [await home.begin(), await home.begin("bea")]
        await home.renew((await chain(home, 2))[0].refresh)
        assert [await home.is_in(each.access) for each in others] == [True, True]
        assert all([await home.renew(each.refresh) for each in others])


async def in_tabs(homes: Sequence[Home], refresh: str) -> list[Held]:
    """What as many tabs get that bring one token at once."""
    renewed = await asyncio.gather(*(homes[at % len(homes)].renew(refresh) for at in range(TABS)))
    return [each for each in renewed if each is not None]


async def test_twenty_tabs_that_refresh_at_once_all_go_on(tmp_path: Path) -> None:
    """Everybody holds the same refresh token and an access token that works; there is one family."""

    async def attack(home: Home) -> bool:
        """Somebody is signed out who did nothing wrong."""
        first = await home.begin()
        tabs = await in_tabs([home], first.refresh)
        inside = [await home.is_in(each.access) for each in tabs]
        return not (len(tabs) == TABS and all(inside) and len({each.refresh for each in tabs}) == 1)

    async with Home(tmp_path / "whole") as whole, Home(tmp_path / "twin", HastySessions) as twin:
        await two_sided_async(attack, whole=whole, twin=twin)
        assert whole.rows("SELECT rotations, ended_at FROM session") == [(1, None)]


async def test_an_old_token_after_the_grace_is_a_thief(tmp_path: Path) -> None:
    """To the second, although twenty tabs had used it within the grace; the family is dead for all of them."""

    async def attack(home: Home) -> bool:
        first = await home.begin()
        tabs = await in_tabs([home], first.refresh)
        home.clock.advance(GRACE - 1)
        assert (await home.must_renew(first.refresh)).refresh == tabs[0].refresh
        home.clock.advance(1)
        return await home.renew(first.refresh) is not None or await home.lives(tabs[0])

    async with Home(tmp_path / "whole") as whole, Home(tmp_path / "twin", ForgivingSessions) as twin:
        await two_sided_async(attack, whole=whole, twin=twin)


async def test_a_clock_that_is_set_back_does_not_hold_the_grace_open(tmp_path: Path) -> None:
    """An hour back is no grace of an hour."""
    async with Home(tmp_path) as home:
        first = await home.begin()
        newest = await home.must_renew(first.refresh)
        home.clock._now -= 3600
        assert await home.renew(first.refresh) is None
        assert await home.renew(newest.refresh) is None


async def test_two_processes_hand_out_one_successor(tmp_path: Path) -> None:
    """Ten tabs at each of two processes on one file: one family; a replay at one is dead at both."""
    clock = FakeClock()
    async with Home(tmp_path, clock=clock) as one, Home(tmp_path, clock=clock) as other:
        first = await one.begin()
        tabs = await in_tabs([one, other], first.refresh)
        assert len(tabs) == TABS
        assert len({each.refresh for each in tabs}) == 1
        assert all([await other.is_in(each.access) and await one.is_in(each.access) for each in tabs])
        assert one.rows("SELECT rotations FROM session") == [(1,)]
        clock.advance(GRACE)
        assert await other.renew(first.refresh) is None
        assert await one.renew(tabs[0].refresh) is None
        assert [await home.is_in(tabs[0].access) for home in (one, other)] == [False, False]


async def test_a_thief_within_the_grace_is_found_at_the_next_rotation(tmp_path: Path) -> None:
    """He gets what the owner gets; once both have used it at different times, both are out."""

    async def attack(home: Home) -> bool:
        stolen = (await home.begin()).refresh
        owner, thief = await home.must_renew(stolen), await home.must_renew(stolen)
        assert owner.refresh == thief.refresh
        home.clock.advance(60)
        later = await home.must_renew(owner.refresh)
        home.clock.advance(60)
        assert await home.renew(thief.refresh) is None
        return await home.is_in(thief.access) or await home.lives(later)

    async with Home(tmp_path / "whole") as whole, Home(tmp_path / "twin", EndlessSessions) as twin:
        await two_sided_async(attack, whole=whole, twin=twin)


async def test_the_grace_is_over_once_the_successor_was_used(tmp_path: Path) -> None:
    """A tab that is two steps behind is a thief, also within ten seconds."""
    async with Home(tmp_path) as home:
        first = await home.begin()
        newest = await home.must_renew((await home.must_renew(first.refresh)).refresh)
        assert await home.renew(first.refresh) is None
        assert not await home.lives(newest)


@pytest.mark.asvs("7.3.2", "10.4.8")
async def test_a_session_ends_however_often_it_is_used(tmp_path: Path) -> None:
    """Thirty days after the sign-in, to the second; its last access token ends with it."""

    async def attack(home: Home) -> bool:
        sitting = await home.begin()
        for _ in range(5):
            home.clock.advance(6 * DAY - 1)
            sitting = await home.must_renew(sitting.refresh)
        assert sitting.claims["exp"] <= sitting.claims["iat"] + 600
        home.clock.advance(5)
        return await home.lives(sitting)

    async with Home(tmp_path / "whole") as whole, Home(tmp_path / "twin") as twin:
        twin.sessions._lifetime = 365 * DAY
        await two_sided_async(attack, whole=whole, twin=twin)


@pytest.mark.asvs("7.3.1")
async def test_a_session_that_nobody_uses_ends(tmp_path: Path) -> None:
    """After seven days, to the second."""

    async def attack(home: Home) -> bool:
        early, late = await home.begin_inside(), await home.begin_inside()
        home.clock.advance(7 * DAY - 1)
        assert await home.renew(early.refresh)
        home.clock.advance(1)
        return await home.renew(late.refresh) is not None

    async with Home(tmp_path / "whole") as whole, Home(tmp_path / "twin") as twin:
        twin.sessions._idle = 29 * DAY
        await two_sided_async(attack, whole=whole, twin=twin)


async def test_when_and_how_somebody_signed_in_never_moves(tmp_path: Path) -> None:
    """A refresh is no proof of anything: `auth_time` and `amr` are those of the sign-in, and so is the end."""

    async def attack(home: Home) -> bool:
        """Look fresher, or stronger, than the sign-in was."""
        first = await home.begin()
        home.clock.advance(DAY)
        later = await home.must_renew(first.refresh)
        return (later.claims["auth_time"], later.claims["amr"]) != (first.claims["auth_time"], ["pwd"])

    async with Home(tmp_path / "whole") as whole, Home(tmp_path / "twin", DriftingSessions) as twin:
        # Sealed into the row at the sign-in: what the twin changes is what a refresh makes of it.
        await two_sided_async(attack, whole=whole, twin=twin)
        ((created, proved, ends),) = whole.rows("SELECT created_at, auth_time, expires_at FROM session")
        assert (proved, ends) == (created, created + 30 * DAY)


async def test_an_answer_says_how_long_each_token_is_good(tmp_path: Path) -> None:
    """Ten minutes, and a week without use; less where the session ends before."""
    async with Home(tmp_path) as home:
        sitting = await home.begin()
        assert (sitting.expires_in, sitting.refresh_expires_in) == (600, 7 * DAY)
        for _ in range(4):
            home.clock.advance(7 * DAY - 1)
            sitting = await home.must_renew(sitting.refresh)
        assert sitting.refresh_expires_in == 2 * DAY + 4
        home.clock.advance(2 * DAY - 56)
        sitting = await home.must_renew(sitting.refresh)
        assert (sitting.expires_in, sitting.refresh_expires_in) == (60, 60)


@pytest.mark.asvs("7.2.4")
async def test_signing_in_again_ends_what_the_device_had(tmp_path: Path) -> None:
    """The new session has tokens of its own, and nothing from before the sign-in is good; other devices stay."""

    async def attack(home: Home) -> bool:
        """Go on with what was taken from this client before it signed in anew."""
        device = (await home.post("/auth/sign-in", name="alice", password=PASSWORD)).json()["device"]
        elsewhere, taken = await home.begin(), await home.begin(device=device)
        anew = await home.begin(device=device)
        assert not {anew.access, anew.refresh, anew.session_id} & {taken.access, taken.refresh, taken.session_id}
        assert await home.is_in(anew.access)
        assert await home.lives(elsewhere)
        return await home.lives(taken)

    async with Home(tmp_path / "whole") as whole, Home(tmp_path / "twin", CrowdedSessions) as twin:
        await two_sided_async(attack, whole=whole, twin=twin)


async def fill(home: Home, count: int) -> None:
    """So many sessions more, each a second later, as rows."""
    template = (await home.sessions.list((await home.account()).id))[0]
    async with home.accounts._database.writing() as connection:
        state = await session_store.find(connection, template.id)
        assert state is not None
        for at in range(count):
            later = replace(state, id=f"{at:032x}", created_at=state.created_at + at + 1)
            await session_store.keep(connection, later)
    home.clock.advance(count + 1)


async def test_one_session_too_many_ends_the_oldest(tmp_path: Path) -> None:
    """The hundred and first: a thief of a password makes no crowd, and the newest hundred go on."""

    async def attack(home: Home) -> bool:
        oldest = await home.begin_inside()
        home.clock.advance(1)
        second = await home.begin_inside()
        await fill(home, MOST - 2)
        assert await home.is_in(oldest.access)
        newest = await home.begin_inside()
        assert await home.is_in(newest.access)
        assert await home.is_in(second.access)
        return await home.lives(oldest)

    async with Home(tmp_path / "whole") as whole, Home(tmp_path / "twin", CrowdedSessions) as twin:
        await two_sided_async(attack, whole=whole, twin=twin)
        assert len(await whole.sessions.list((await whole.account()).id)) == MOST


@pytest.mark.asvs("7.4.3")
async def test_a_new_password_ends_the_sessions_of_whoever_had_the_old_one(tmp_path: Path) -> None:
    """The thief is out at his next request and refresh; whoever changed it goes on with a new session."""

    async def attack(home: Home) -> bool:
        owner, thief = await home.begin(), await home.begin()
        change = {"current": PASSWORD, "new": "vivid heron plays the lute"}
        answer = await home.post("/auth/me/password", owner.access, **change)
        assert answer.status_code == 200, answer.text
        assert await home.is_in(answer.json()["access_token"])
        return await home.lives(thief)

    async with Home(tmp_path / "whole") as whole, Home(tmp_path / "twin", MildEndings) as twin:
        await two_sided_async(attack, whole=whole, twin=twin)


async def test_a_longer_idle_time_shows_no_more_than_there_may_be(tmp_path: Path) -> None:
    """Sessions that had lapsed go on where the operator makes them last longer: the list stays as long as it may be."""
    async with Home(tmp_path) as home:
        first = await home.begin_inside()
        await fill(home, MOST - 1)
        home.clock.advance(7 * DAY)
        await home.begin_inside()
        home.sessions._idle = 20 * DAY
        assert len(await home.sessions.list((await home.account()).id)) == MOST
        newest = await home.begin_inside()
        answer = await home.get("/auth/sessions", newest.access)
        assert (answer.status_code, len(answer.json()["sessions"])) == (200, MOST)
        assert await home.renew(first.refresh) is None
