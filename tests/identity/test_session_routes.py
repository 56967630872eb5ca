"""Whoever is signed in sees where, and ends what should not be; what was ended stays so after a restart."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from buckler import Principal, Public
from buckler.asgi import Exchange
from buckler.identity.administration.administration import OPERATOR
from buckler.identity.sessions.callers import Rights
from buckler.identity.sessions.sessions import Sessions
from buckler.tokens.checks import SignatureCheck
from buckler.tokens.segments import encode
from tests.clocks import FakeClock
from tests.identity.home import ME, Held, Home, held
from tests.identity.house import ORIGIN, PASSWORD
from tests.proof import two_sided_async

AGENT = "Lantern/7 (of the \x1b[31mred\u202e kind)"


class NosySessions(Sessions):
    """Ends whatever session it is told, whosever it is."""

    async def end(
        self, session_id: str, reason: str, exchange: Exchange | None, *, account_id: str | None = None
    ) -> bool:
        return await super().end(session_id, reason, exchange)


class HalfSessions(Sessions):
    """Ends nothing at a logout: only the token that was sent is dead."""

    async def log_out(self, who: Principal, exchange: Exchange | None) -> None:
        await self._callers.end(who.credential_id, who.expires_at, exchange, "logout")


class TwoSteps(HalfSessions):
    """Ends first the token, and then the session."""

    async def log_out(self, who: Principal, exchange: Exchange | None) -> None:
        await super().log_out(who, exchange)
        await self.end(who.session_id, "logout", exchange, account_id=who.id)


class GenerousRights(Rights):
    """Grants whatever is asked for."""

    def cut(self, roles: frozenset[str], scope: frozenset[str] | None) -> frozenset[str]:
        return super().cut(roles, None) if scope is None else scope


async def shown(home: Home, sitting: Held) -> list[dict[str, Any]]:
    """What `GET /auth/sessions` tells the owner of a sign-in."""
    answer = await home.get("/auth/sessions", sitting.access)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["sessions"]
    return found


async def end(home: Home, sitting: Held, session_id: str) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {sitting.access}"}
    return await home.client.delete(f"/auth/sessions/{session_id}", headers=headers)


def without_id(answer: httpx2.Response) -> str:
    """The body, but for the id of the request."""
    return answer.text.replace(answer.json()["request_id"], "")


async def sign_in_from(home: Home, client: str, agent: str) -> Held:
    transport = httpx2.ASGITransport(home.app, client=(client, 1))
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as guest:
        body = {"name": "alice", "password": PASSWORD}
        headers = {b"User-Agent": agent.encode()}
        return held((await guest.post("/auth/sign-in", json=body, headers=headers)).json())


async def test_the_owner_sees_where_somebody_is_signed_in(tmp_path: Path) -> None:
    """Each session that goes on: what the client calls itself, made plain, from which network, and since when."""
    async with Home(tmp_path) as home:
        old = await sign_in_from(home, "127.0.9.9", AGENT)
        home.clock.advance(5)
        new = await home.begin()
        home.clock.advance(5)
        await home.must_renew(old.refresh)
        found = await shown(home, new)
    now = int(home.clock.now())
    assert [each["id"] for each in found] == [new.session_id, old.session_id]
    assert [each["current"] for each in found] == [True, False]
    assert found[1]["place"] == "127.0.9.9"
    assert found[1]["agent"].startswith("Lantern/7")
    assert not {"\x1b", "\u202e"} & set(found[1]["agent"])
    assert (found[1]["created_at"], found[1]["last_used_at"]) == (now - 10, now)
    assert found[1]["expires_at"] == now - 10 + 30 * 86_400


async def test_nobody_sees_sessions_of_others_or_their_tokens(tmp_path: Path) -> None:
    """Only one's own; and nothing by which a session could be carried on."""
    async with Home(tmp_path) as home:
        await home.register("bea")
        mine, other = await home.begin(), await home.begin("bea")
        found = await shown(home, mine)
        assert [each["id"] for each in found] == [mine.session_id]
        assert other.session_id not in str(found)
        assert mine.refresh.split(".")[1] not in str(found)
        assert (await home.get("/auth/sessions")).status_code == 401


async def test_the_owner_ends_one_session_and_only_that(tmp_path: Path) -> None:
    """Its access token is dead at the next request and its refresh token too; it is no longer in the list."""
    async with Home(tmp_path) as home:
        lost, here, third = [await home.begin() for _ in range(3)]
        assert (await end(home, here, lost.session_id)).status_code == 204
        assert not await home.lives(lost)
        assert await home.is_in(here.access)
        assert await home.lives(third)
        assert lost.session_id not in {each["id"] for each in await shown(home, here)}


async def test_a_session_of_somebody_else_is_as_one_that_is_not_there(tmp_path: Path) -> None:
    """The same status and the same bytes; and it goes on."""

    async def attack(home: Home) -> bool:
        await home.register("mallory")
        victim, thief = await home.begin(), await home.begin("mallory")
        foreign, missing = await end(home, thief, victim.session_id), await end(home, thief, "f" * 32)
        assert missing.status_code == 404
        told = foreign.status_code != 404 or without_id(foreign) != without_id(missing)
        return told or not await home.is_in(victim.access)

    async with Home(tmp_path / "whole") as whole, Home(tmp_path / "twin", NosySessions) as twin:
        await two_sided_async(attack, whole=whole, twin=twin)


async def test_a_logout_ends_the_session_too(tmp_path: Path) -> None:
    """Its refresh token and every other access token of it are dead; other sessions go on."""

    async def attack(home: Home) -> bool:
        other, first = await home.begin(), await home.begin()
        second = await home.must_renew(first.refresh)
        assert (await home.post("/auth/logout", second.access)).status_code == 204
        assert await home.is_in(other.access)
        assert not await home.is_in(second.access)
        return await home.is_in(first.access) or await home.renew(second.refresh) is not None

    async with Home(tmp_path / "whole") as whole, Home(tmp_path / "twin", HalfSessions) as twin:
        await two_sided_async(attack, whole=whole, twin=twin)


async def test_a_logout_that_is_cut_off_is_whole_or_none(tmp_path: Path) -> None:
    """As when the client hangs up: never a dead token beside a session that goes on."""

    async def attack(home: Home) -> bool:
        sitting, feed = await home.begin(), home.opened.revocations
        apply = feed.apply

        async def cut_off() -> None:
            if asyncio.current_task() is not logout:
                await apply()  # the feed's own round, which may come in between
                return
            feed.apply = apply  # type: ignore[method-assign]
            logout.cancel()
            await asyncio.sleep(0)

        feed.apply = cut_off  # type: ignore[method-assign]
        logout = asyncio.create_task(home.post("/auth/logout", sitting.access))
        await asyncio.wait((logout,))
        assert logout.cancelled()
        await feed.refresh()
        assert not await home.is_in(sitting.access)
        return await home.renew(sitting.refresh) is not None

    async with Home(tmp_path / "whole") as whole, Home(tmp_path / "twin") as twin:
        twin.sessions.__class__ = TwoSteps
        await two_sided_async(attack, whole=whole, twin=twin)


async def test_logout_everywhere_ends_all_sessions_of_the_caller(tmp_path: Path) -> None:
    """This one too; nobody else's."""
    async with Home(tmp_path) as home:
        await home.register("bea")
        mine, other = [await home.begin() for _ in range(3)], await home.begin("bea")
        assert (await home.post("/auth/logout-everywhere", mine[0].access)).status_code == 204
        assert [await home.lives(each) for each in (*mine, other)] == [False, False, False, True]


async def test_a_disabled_account_goes_on_with_nothing(tmp_path: Path) -> None:
    """Neither with an access token nor with a refresh token; enabled again it has to sign in."""
    async with Home(tmp_path) as home:
        sitting, account = await home.begin(), await home.account()
        await home.opened.administration.disable(OPERATOR, account.id)
        assert not await home.lives(sitting)
        await home.opened.administration.enable(OPERATOR, account.id)
        assert not await home.lives(sitting)
        assert await home.lives(await home.begin())


@pytest.mark.asvs("7.4.1")
async def test_after_a_logout_a_restart_lets_nobody_in(tmp_path: Path) -> None:
    """The first request with the old token is 401, and so is the refresh."""

    async def attack(name: str) -> bool:
        clock = FakeClock()
        async with Home(tmp_path / name, clock=clock) as home:
            sitting = await home.begin()
            assert (await home.post("/auth/logout", sitting.access)).status_code == 204
        if name == "twin":
            home.rows("DELETE FROM revocation")
        async with Home(tmp_path / name, clock=clock) as again:
            inside = await again.is_in(sitting.access)
            assert await again.renew(sitting.refresh) is None
            return inside

    await two_sided_async(attack, whole="whole", twin="twin")


async def test_a_refresh_beside_a_logout_keeps_nobody_in(tmp_path: Path) -> None:
    """Whichever comes first, afterwards nothing of the session is good."""
    async with Home(tmp_path) as home:
        for _ in range(5):
            sitting = await home.begin()
            renewed, _ = await asyncio.gather(home.renew(sitting.refresh), home.post("/auth/logout", sitting.access))
            assert not await home.lives(sitting)
            assert renewed is None or not await home.lives(renewed)


async def token_of_scope(home: Home, scope: str) -> httpx2.Response:
    form = {"grant_type": "password", "username": "alice", "password": PASSWORD, "scope": scope}
    return await home.client.post("/auth/token", data=form)


async def test_a_scope_never_gives_more_than_the_account_has(tmp_path: Path) -> None:
    """Asked for at the sign-in, and kept by a refresh."""
    async with Home(tmp_path / "whole") as whole, Home(tmp_path / "twin", GenerousRights) as twin:
        for scope in ("admin", "*", "reports:read *", "reports:read accounts:write", "reports:read admin"):

            async def attack(home: Home, scope: str = scope) -> bool:
                answer = await token_of_scope(home, scope)
                if answer.status_code == 400:
                    assert answer.json()["error"] == "invalid_scope"
                    return False
                sittings = [held(answer.json())]
                sittings.append(await home.must_renew(sittings[0].refresh))
                told = [(await home.get(ME, each.access)).json()["permissions"] for each in sittings]
                return any(set(permissions) - {"reports:read"} for permissions in told)

            await two_sided_async(attack, whole=whole, twin=twin)


async def test_nobody_chooses_what_a_session_is(tmp_path: Path) -> None:
    """A member that says so is refused where sessions begin and where they go on."""
    async with Home(tmp_path) as home:
        sitting = await home.begin()
        bodies = {
            "/auth/sign-in": {"name": "alice", "password": PASSWORD},
            "/auth/refresh": {"refresh_token": sitting.refresh},
        }
        for member in ("scope", "roles", "amr", "auth_time", "session_id", "account_id", "expires_in"):
            for path, given in bodies.items():
                assert (await home.post(path, **given, **{member: "admin"})).status_code == 422, (path, member)
        assert await home.renew(sitting.refresh)


async def test_every_refusal_of_a_refresh_is_the_same(tmp_path: Path) -> None:
    """Garbage, a guess, one that was used, one that ended, one whose account is disabled: the same bytes."""
    async with Home(tmp_path) as home:
        used, ended = await home.begin(), await home.begin()
        await home.post("/auth/logout", ended.access)
        await home.must_renew(used.refresh)
        home.clock.advance(60)
        guess = used.refresh[:-1] + ("A" if used.refresh[-1] != "A" else "Q")
        texts = [
            "",
            "x",
            guess,
            used.refresh,
            ended.refresh,
            used.refresh.upper(),
            used.refresh + "\x00",
            "\u00e9" * 99,
        ]
        answers = [await home.post("/auth/refresh", refresh_token=text) for text in texts]
    assert {answer.status_code for answer in answers} == {401}
    assert len({without_id(answer) for answer in answers}) == 1


@pytest.mark.asvs("7.2.1")
async def test_who_somebody_is_stands_with_the_server(tmp_path: Path) -> None:
    """A client that writes another account and session into its own token is nobody."""

    async def attack(home: Home) -> bool:
        await home.register("mallory")
        victim, thief = await home.begin(), await home.begin("mallory")
        head, _, proof = thief.access.split(".")
        forged = encode(json.dumps({**victim.claims, "jti": thief.claims["jti"]}).encode())
        answer = await home.get(ME, f"{head}.{forged}.{proof}")
        return answer.status_code == 200 and answer.json()["name"] == "alice"

    async with Home(tmp_path / "whole") as whole, Home(tmp_path / "twin", without=SignatureCheck) as twin:
        await two_sided_async(attack, whole=whole, twin=twin)


@pytest.mark.asvs("7.6.2")
async def test_nobody_is_signed_in_without_doing_so(tmp_path: Path) -> None:
    """No link that a browser follows by itself begins a session: of all routes that can be fetched, none does."""

    def with_link(home: Home) -> Home:
        async def magic() -> str:
            await home.begin_inside()
            return "welcome"

        home.app.add_api_route("/auth/magic", magic, methods=["GET"], dependencies=[Public("the twin")])
        return home

    async def attack(home: Home) -> bool:
        """Have the owner's browser load everything there is."""
        owner = await home.begin()
        before = home.rows("SELECT count(*) FROM session")
        paths = [path for path, ways in home.app.openapi()["paths"].items() if "get" in ways and "{" not in path]
        assert ME in paths
        for path in paths:
            await home.get(path)
            await home.get(path, owner.access)
        return home.rows("SELECT count(*) FROM session") != before

    async with Home(tmp_path / "whole") as whole, with_link(Home(tmp_path / "twin")) as twin:
        await two_sided_async(attack, whole=whole, twin=twin)
