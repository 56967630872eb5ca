"""Each defence of the accounts is needed: without it, and it alone, its attack succeeds over HTTP."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from fastapi import FastAPI

from buckler import Buckler, Requires, Roles
from buckler.defence import Defence
from buckler.identity.passwords.shedding import Shedding
from buckler.tokens.segments import encode
from tests.clocks import FakeClock
from tests.identity.profiles import CHEAP
from tests.identity.statements import share_statements
from tests.proof import two_sided_async
from tests.stage import development
from tests.twins.test_twins import twin_tests
from tests.twins.twin import Roster, Twin
from tests.wire import Answer, ask

PASSWORD = "a long enough sentence"
DAY = 86_401
"""Seconds after which what was guessed at a name is forgotten, and one more."""
LOCAL: dict[str, Any] = {"scheme": "http", "host": "localhost"}


class Narrow(Buckler):
    """A whole Buckler with two places for hashing, so that a small flood fills them."""

    def _compose(self, defences: tuple[Defence, ...]) -> tuple[Defence, ...]:
        return super()._compose(tuple(Shedding(2) if isinstance(each, Shedding) else each for each in defences))


class Site:
    """An app with one account, and what an attacker can know of it."""

    def __init__(self, folder: Path, kind: type[Buckler], **given: Any) -> None:
        self.app = FastAPI()
        self.app.add_api_route("/mine", lambda: "inside", dependencies=[Requires("things:read")])
        roles = Roles({"reader": {"things:read"}, "admin": {"*"}}, new="reader")
        settings = development(data=folder, max_header_bytes=65_536)
        self.clock = FakeClock()
        self.buckler = kind(self.app, accounts=True, roles=roles, settings=settings, clock=self.clock, **given)
        # No attack is about what one hash costs.
        self.accounts._opener._settings = replace(self.accounts.settings, hashing=CHEAP)
        share_statements(self.accounts._database)

    async def start(self) -> None:
        await self.buckler.start()
        body = {"name": "alice", "password": PASSWORD}
        assert (await ask(self.app, "POST", "/auth/register", json_body=body, **LOCAL)).status == 201

    async def stop(self) -> None:
        await self.buckler.stop()

    async def sign_in(
        self, name: str = "alice", password: str = PASSWORD, client: str = "127.0.0.1", **members: str
    ) -> Answer:
        body = {"name": name, "password": password, **members}
        return await ask(self.app, "POST", "/auth/sign-in", json_body=body, client=(client, 1), **LOCAL)

    async def token(self) -> str:
        return str(json.loads((await self.sign_in()).body)["access_token"])

    async def gets_in(self, token: str) -> bool:
        return (await ask(self.app, "GET", "/mine", token=token, **LOCAL)).body == b'"inside"'

    def signed(self, token: str, header: dict[str, str] | None = None, **changed: object) -> str:
        """A token like this one but for some claims, signed with the app's own key."""
        key = self.accounts.opened().ring.current
        claims = {**claims_of(token), **changed}
        text = f"{key.header if header is None else segment(header)}.{segment(claims)}"
        return f"{text}.{encode(key.sign(text.encode('ascii')))}"

    @property
    def accounts(self) -> Any:
        assert self.buckler.accounts is not None
        return self.buckler.accounts

    @property
    def hashes(self) -> int:
        """How many hashes were begun."""
        return int(self.accounts._workbench.begun)


def segment(members: dict[str, Any]) -> str:
    return str(encode(json.dumps(members, separators=(",", ":")).encode()))


def claims_of(token: str) -> dict[str, Any]:
    from base64 import urlsafe_b64decode

    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


async def prove(
    name: str, attack: Callable[[Site], Awaitable[bool]], folder: Path, kind: type[Buckler] = Buckler
) -> None:
    """The attack succeeds without the defence `name` and fails with it, cold and warm."""

    async def run(make: Callable[[], Site], *, warm: bool) -> bool:
        site = make()
        await site.start()
        try:
            if warm:
                assert await site.gets_in(await site.token())
                await attack(site)
            return await attack(site)
        finally:
            await site.stop()

    async def cold(make: Callable[[], Site]) -> bool:
        return await run(make, warm=False)

    async def warm(make: Callable[[], Site]) -> bool:
        return await run(make, warm=True)

    for number, each in enumerate((cold, warm)):
        await two_sided_async(
            each,
            whole=lambda at=number: Site(folder / f"whole {at}", kind),
            twin=lambda at=number: Site(folder / f"twin {at}", Twin, without=name),
        )


async def test_size(tmp_path: Path) -> None:
    """A token of any length is worked on."""

    async def attack(site: Site) -> bool:
        return await site.gets_in(site.signed(await site.token(), padding="x" * 10_000))

    await prove("size", attack, tmp_path)


@pytest.mark.asvs("9.1.2")
async def test_header(tmp_path: Path) -> None:
    """A token of another kind, made with the same key, is taken for an access token."""

    async def attack(site: Site) -> bool:
        return await site.gets_in(site.signed(await site.token(), header={"alg": "none", "typ": "JWT"}))

    await prove("header", attack, tmp_path)


@pytest.mark.asvs("9.1.1")
async def test_signature(tmp_path: Path) -> None:
    """A token that its holder wrote himself another name and role into."""

    async def attack(site: Site) -> bool:
        header, _, signature = (token := await site.token()).split(".")
        forged = segment({**claims_of(token), "sub": "root", "roles": ["admin"]})
        return await site.gets_in(f"{header}.{forged}.{signature}")

    await prove("signature", attack, tmp_path)


async def test_shape(tmp_path: Path) -> None:
    """A sign-in that lies ahead, and so would be fresh for ever."""

    async def attack(site: Site) -> bool:
        return await site.gets_in(site.signed(await site.token(), auth_time=10**10))

    await prove("shape", attack, tmp_path)


async def test_issuer(tmp_path: Path) -> None:
    """A token of another issuer who has the same key."""

    async def attack(site: Site) -> bool:
        return await site.gets_in(site.signed(await site.token(), iss="https://other.test"))

    await prove("issuer", attack, tmp_path)


@pytest.mark.asvs("9.2.3")
async def test_audience(tmp_path: Path) -> None:
    """A token for another service."""

    async def attack(site: Site) -> bool:
        return await site.gets_in(site.signed(await site.token(), aud="https://other.test"))

    await prove("audience", attack, tmp_path)


@pytest.mark.asvs("9.2.1")
async def test_lifetime(tmp_path: Path) -> None:
    """A token whose time is over."""

    async def attack(site: Site) -> bool:
        token = await site.token()
        site.clock.advance(3600)
        return await site.gets_in(token)

    await prove("lifetime", attack, tmp_path)


@pytest.mark.asvs("7.4.1")
async def test_revocation(tmp_path: Path) -> None:
    """A token that somebody copied before its owner signed out."""

    async def attack(site: Site) -> bool:
        token = await site.token()
        assert (await ask(site.app, "POST", "/auth/logout", token=token, **LOCAL)).status == 204
        return await site.gets_in(token)

    await prove("revocation", attack, tmp_path)


@pytest.mark.asvs("6.3.8")
async def test_decoy(tmp_path: Path) -> None:
    """The work behind an answer tells which names have accounts."""

    async def attack(site: Site) -> bool:
        before = site.hashes
        known = await site.sign_in("alice", "not the password")
        between = site.hashes
        unknown = await site.sign_in("nobody", "not the password")
        assert (known.status, unknown.status) == (401, 401)
        return between - before != site.hashes - between

    await prove("decoy", attack, tmp_path)


@pytest.mark.asvs("15.4.4")
async def test_shedding(tmp_path: Path) -> None:
    """Every sign-in of a flood is hashed, however many wait already."""

    async def attack(site: Site) -> bool:
        bench, done = site.accounts._workbench, Event()
        slow = [asyncio.create_task(bench.run(done.wait)) for _ in range(2)]
        await asyncio.sleep(0)
        flood = [
            asyncio.create_task(site.sign_in(f"person-{number}", "wrong", f"127.0.1.{number}")) for number in range(8)
        ]
        await asyncio.wait(flood, timeout=1)
        done.set()
        answers = await asyncio.gather(*flood)
        await asyncio.gather(*slow)
        shed = [answer for answer in answers if answer.status == 503]
        assert all(answer.header("retry-after") for answer in shed)
        return not shed

    await prove("shedding", attack, tmp_path, Narrow)


@pytest.mark.asvs("6.3.1")
async def test_throttle(tmp_path: Path) -> None:
    """Each of seven guesses at one name is compared, since each comes from another network."""

    async def attack(site: Site) -> bool:
        before = site.hashes
        for number in range(7):
            await site.sign_in(password="wrong", client=f"127.0.2.{number}")
        return site.hashes - before == 7

    await prove("throttle", attack, tmp_path)


@pytest.mark.asvs("6.3.1")
async def test_known_devices(tmp_path: Path) -> None:
    """Strangers guess until the name is slow for everybody, and its owner stays outside."""

    async def attack(site: Site) -> bool:
        site.clock.advance(DAY)
        device = json.loads((await site.sign_in()).body)["device"]
        for number in range(7):
            await site.sign_in(password="wrong", client=f"127.0.2.{number}")
        return (await site.sign_in(**({} if device is None else {"device": device}))).status == 429

    await prove("known-devices", attack, tmp_path)


def test_every_defence_of_the_accounts_has_a_twin(tmp_path: Path) -> None:
    """And no twin is of one that is gone."""
    accounts = Roster(FastAPI(), accounts=True, settings=development(data=tmp_path), clock=FakeClock())
    edge = Roster(FastAPI(), settings=development(), authenticator=accounts.accounts)
    assert len(accounts.names) == len(set(accounts.names))
    assert set(accounts.names) - set(edge.names) == twin_tests(Path(__file__))
