"""Which ways there are into an account, and that each is as narrow as the others; and which there are not."""

import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler import Buckler, Requires
from buckler.asgi import Exchange
from buckler.identity.account_store import Account, AccountStore
from buckler.identity.administration.administration import OPERATOR
from buckler.identity.mail.codes import CODE_SECONDS
from buckler.identity.mail.settings import MailSettings
from buckler.identity.sign_in.attempts import Attempt
from buckler.identity.sign_in.known_devices import KnownDevices
from buckler.identity.sign_in.sign_in import Proved, SignIn, SignInFailed
from buckler.identity.sign_in.throttle import BEFORE_CODE
from buckler.tokens.segments import decode
from tests.house.tree import ROOT
from tests.identity.home import Home, exchange_part
from tests.identity.house import PASSWORD, WRONG, House, accounts, settings
from tests.identity.mail.memory import MemoryMailer
from tests.identity.mail.test_codes import Endless
from tests.identity.office import ROLES
from tests.identity.scene import OWNER, Scene, network
from tests.proof import two_sided, two_sided_async
from tests.twins.test_account_twins import LOCAL, Site
from tests.twins.twin import Twin
from tests.wire import ask

YEAR = 365 * 86_400
NEW_PASSWORD = "vivid heron plays the lute"
PAGES = ("start/accounts.md", "operations/production.md", "operations/settings.md")
WAYS = {"/auth/sign-in", "/auth/token", "/auth/refresh", "/auth/me/password"}
"""Where tokens are given out."""
DEFAULTS = [("admin", "admin"), ("root", "root"), ("admin", "password"), ("test", "test"), ("admin", PASSWORD)]


class Expiring(SignIn):
    """Wants another password every quarter."""

    async def check(
        self, name: str, password: str, exchange: Exchange | None, *, device: str | None = None, code: str | None = None
    ) -> Proved:
        proved = await super().check(name, password, exchange, device=device, code=code)
        if self._attempts._clock.now() - proved.account.created_at > YEAR / 4:
            raise SignInFailed("The password is too old.")
        return proved


class MailIsEnough(SignIn):
    """Lets in whoever has the code, whatever the password."""

    async def _compare(self, attempt: Attempt, password: str, exchange: Exchange | None) -> Account:
        if attempt.has_code and attempt.account is not None:
            return attempt.account
        return await super()._compare(attempt, password, exchange)


class SideDoor(SignIn):
    """Counts nothing where the form comes in."""

    async def check(
        self, name: str, password: str, exchange: Exchange | None, *, device: str | None = None, code: str | None = None
    ) -> Proved:
        if exchange is None or exchange.scope["path"] != "/auth/token":
            return await super().check(name, password, exchange, device=device, code=code)
        attempt = Attempt(name, await self._store.find(name), is_counted=True)
        return Proved(await self._compare(attempt, password, exchange), attempt)


class Forgetful(AccountStore):
    """Says that the password was changed, and keeps the old one."""

    async def set_password(self, connection: AsyncConnection, account: Account, sealed: bytes, now: int) -> bool:
        return True


@pytest.mark.asvs("6.2.2")
async def test_a_changed_password_is_the_one_that_counts(tmp_path: Path) -> None:
    """The old one opens nothing any more, and the new one does."""

    async def attack(home: Home) -> bool:
        """Go on with a password that its owner knows to be stolen."""
        sitting = await home.begin()
        changed = await home.post("/auth/me/password", sitting.access, current=PASSWORD, new=NEW_PASSWORD)
        assert changed.status_code == 200, changed.text
        return (await home.sign_in()).status_code == 200 or (await home.sign_in("alice", NEW_PASSWORD)).is_error

    async with Home(tmp_path / "whole") as whole, Home(tmp_path / "twin") as twin:
        twin.accounts._opener._store.__class__ = Forgetful
        await two_sided_async(attack, whole=whole, twin=twin)


@pytest.mark.asvs("6.2.10")
async def test_a_good_password_stays_good(tmp_path: Path) -> None:
    """Years later it opens the same account, and nothing asks for another one."""

    async def attack(home: Home) -> bool:
        """Drive the owner to the next number behind the same word."""
        home.clock.advance(5 * YEAR)
        answer = await home.sign_in()
        return answer.status_code != 200 or answer.json()["status"] != "complete"

    async with Home(tmp_path / "whole") as whole, Home(tmp_path / "twin", Expiring) as twin:
        await two_sided_async(attack, whole=whole, twin=twin)


@pytest.mark.asvs("6.3.2")
async def test_a_new_installation_has_no_account(tmp_path: Path) -> None:
    """Nobody comes in with what was in a manual."""

    async def attack(house: House) -> bool:
        answers = [await house.knock(network(at), *each) for at, each in enumerate(DEFAULTS)]
        return any(answer.status_code == 200 for answer in answers)

    async with House(accounts(settings(tmp_path / "whole"))) as whole, Home(tmp_path / "twin", owner="admin") as twin:
        await two_sided_async(attack, whole=whole, twin=twin)
        assert await whole.accounts.opened().administration.accounts.everybody() == []


@pytest.mark.asvs("6.3.4")
async def test_the_form_is_as_narrow_as_the_front_door(tmp_path: Path) -> None:
    """What was counted at one is counted at the other: nobody goes on guessing beside it."""

    async def attack(home: Home) -> bool:
        for at in range(8):
            await home.knock(network(at))
        assert (await home.knock(network(9), "alice", PASSWORD)).status_code == 429
        form = {"grant_type": "password", "username": "alice", "password": PASSWORD}
        return (await home.client.post("/auth/token", data=form)).status_code == 200

    async with Home(tmp_path / "whole") as whole, Home(tmp_path / "twin", SideDoor) as twin:
        await two_sided_async(attack, whole=whole, twin=twin)


def gives_tokens(document: Mapping[str, Any]) -> set[str]:
    """The paths whose good answer has an access token."""
    models = document["components"]["schemas"]
    telling = [f'"{name}"' for name, model in models.items() if "access_token" in model.get("properties", {})]
    return {
        path
        for path, ways in document["paths"].items()
        for way in ways.values()
        for status, answer in way["responses"].items()
        if status.startswith("2") and any(each in _names(answer) for each in (*telling, '"access_token"'))
    }


def _names(answer: Mapping[str, Any]) -> str:
    return json.dumps(answer).replace("#/components/schemas/", "")


@pytest.mark.asvs("6.3.4")
async def test_every_way_in_is_told(tmp_path: Path) -> None:
    """Where tokens are given out stands in the documents, and nowhere else are any."""
    pages = "".join((ROOT / "docs" / page).read_text() for page in PAGES)

    async def attack(home: Home) -> bool:
        """There is a way in that nobody looks after."""
        return bool(gives_tokens(home.app.openapi()) - {way for way in WAYS if way.removeprefix("/auth") in pages})

    async with Home(tmp_path / "whole") as whole, Home(tmp_path / "twin") as twin:
        route = next(each for each in twin.accounts.router.routes if getattr(each, "path", "") == "/auth/refresh")
        twin.app.add_api_route("/auth/legacy", route.endpoint, methods=["POST"])  # type: ignore[attr-defined]
        await two_sided_async(attack, whole=whole, twin=twin)
        assert gives_tokens(whole.app.openapi()) == WAYS


@asynccontextmanager
async def post_home(
    folder: Path, *, prepare: Callable[[Home], None] | None = None, **given: Any
) -> AsyncIterator[tuple[Home, MemoryMailer]]:
    """A house from which letters leave. `prepare` sees it before it opens."""
    mailer = MemoryMailer()
    home = Home(folder, owner=OWNER, identifier="email", mail=MailSettings(mailer=mailer), **given)
    if prepare is not None:
        prepare(home)
    async with home:
        yield home, mailer


async def deliver(home: Home) -> None:
    await home.opened.afterwards.settle()
    while await home.opened.postbox.deliver_due():
        continue


@pytest.mark.asvs("6.3.5")
async def test_the_owner_hears_of_a_sign_in_from_elsewhere(tmp_path: Path) -> None:
    """From a client that was not there before, also where the password was right: when, from which network, what."""

    async def attack(name: str) -> bool:
        """Come in with a stolen password, and nobody hears of it."""
        without = KnownDevices if name == "twin" else None
        async with post_home(tmp_path / name, without=without) as (home, mailer):
            await home.begin()
            assert (await home.knock("127.66.6.6", OWNER, PASSWORD)).status_code == 200
            await deliver(home)
            return not [letter for letter in mailer.letters if "127.66.6.6" in letter.text and letter.to == OWNER]

    await two_sided_async(attack, whole="whole", twin="twin")


@pytest.mark.asvs("6.3.6")
async def test_whoever_reads_the_mail_is_no_second_proof(tmp_path: Path) -> None:
    """The code that is demanded comes beside the password, and never in its place; the token says `pwd` alone."""

    async def attack(scene: Scene) -> bool:
        await scene.guess_slowly(BEFORE_CODE + 1)
        return (await scene.guess(password=WRONG, code=await scene.code()))[0] == 200

    async with Scene(tmp_path / "whole") as whole, Scene(tmp_path / "twin") as twin:
        exchange_part(twin.house.accounts.opened(), MailIsEnough)
        await two_sided_async(attack, whole=whole, twin=twin)
        await whole.guess_slowly(1)
        code = await whole.code()
        answer = await whole.house.knock(network(60_000), OWNER, PASSWORD, code=code)
        claims = json.loads(decode(answer.json()["access_token"].split(".")[1].encode()))
        assert claims["amr"] == ["pwd"]


@pytest.mark.asvs("6.4.1")
async def test_an_invitation_is_short_lived_and_no_password(tmp_path: Path) -> None:
    """After ten minutes its code opens no account; before, whoever has it chooses a password of his own."""

    async def attack(name: str) -> bool:
        async with post_home(tmp_path / name) as (home, mailer):
            if name == "twin":
                exchange_part(home.opened, Endless)
            await home.opened.confirmation.invite(OPERATOR, "bea@example.com", None, None)
            await deliver(home)
            code = mailer.code("invite")
            assert (await home.sign_in("bea@example.com", code)).status_code == 401
            assert (await home.post("/auth/confirm", code=code, password=code[:10])).status_code == 422
            home.clock.advance(CODE_SECONDS)
            return (await home.post("/auth/confirm", code=code, password=NEW_PASSWORD)).status_code == 201

    await two_sided_async(attack, whole="whole", twin="twin")


BOSS = "boss@example.com"
CHOSEN = "hungry ferret paints the barn"
ACCOUNT = "/auth/accounts/{account}"


@pytest.mark.asvs("6.4.6")
async def test_an_administrator_chooses_nobodys_password(tmp_path: Path) -> None:
    """He has a code mailed to the owner, as anybody can; no route of his takes a password."""

    async def attack(home: Home) -> bool:
        """Send a password of one's own to everything that an administrator may do to an account."""
        await home.register(BOSS)
        boss, victim = await home.account(BOSS), await home.account()
        await home.opened.administration.set_roles(OPERATOR, boss.id, ["admin", "reader"])
        headers = {"Authorization": f"Bearer {(await home.begin(BOSS)).access}"}
        for path, ways in home.app.openapi()["paths"].items():
            for way in ways if path.startswith(ACCOUNT) else ():
                url, body = path.replace("{account}", victim.id), {"password": CHOSEN, "roles": ["reader"]}
                await home.client.request(way.upper(), url, json=body, headers=headers)
        return (await home.sign_in(OWNER, CHOSEN)).status_code == 200

    async with post_home(tmp_path / "whole", roles=ROLES) as (whole, mailer):
        async with post_home(tmp_path / "twin", roles=ROLES, prepare=choosing) as (twin, _):
            await two_sided_async(attack, whole=whole, twin=twin)
        assert (await whole.post("/auth/reset", name=OWNER)).status_code == 202
        await deliver(whole)
        assert [each.to for each in mailer.letters if each.kind == "reset"] == [OWNER]


def choosing(home: Home) -> None:
    """Let administrators choose passwords, as many do who mean to help."""

    async def choose(account: str, body: dict[str, Any]) -> None:
        store, hashing = home.accounts._opener._store, home.opened.sign_in._hashing
        found = await store.find_by_id(account)
        assert found is not None
        await store.replace_hash(found, await hashing.hash(account, body["password"]))

    home.app.add_api_route(f"{ACCOUNT}/password", choose, methods=["PUT"], dependencies=[Requires("accounts:write")])


ABSENT = re.compile(r"hint|question|secret_answer|phone|sms|mobile|birth|maiden", re.IGNORECASE)


@pytest.mark.asvs("6.4.2", "6.6.1")
async def test_there_are_no_hints_no_questions_and_no_telephones(tmp_path: Path) -> None:
    """No member of any request or answer is one: nothing of the kind could be asked or kept."""

    def attack(models: Mapping[str, Any]) -> bool:
        members = {member for model in models.values() for member in model.get("properties", {})}
        return any(ABSENT.search(member) for member in members)

    async with post_home(tmp_path) as (home, _):
        models = home.app.openapi()["components"]["schemas"]
    assert {"SigningIn", "Confirming", "Export"} <= set(models)
    for member in ("question", "phone_number"):
        two_sided(attack, whole=models, twin={**models, "Asking": {"properties": {"name": {}, member: {}}}})


@pytest.mark.asvs("6.6.3")
async def test_nobody_tries_one_code_after_the_other(tmp_path: Path) -> None:
    """Ten a minute of one client are looked at, whatever they are; the eleventh is told to wait."""

    async def attack(site: Site) -> bool:
        """Have fifty codes tried within a minute."""
        await site.start()
        try:
            body = {"code": "0" * 26, "password": NEW_PASSWORD}
            asked = [await ask(site.app, "POST", "/auth/reset/confirm", json_body=body, **LOCAL) for _ in range(50)]
        finally:
            await site.stop()
        assert [each.status for each in asked[:10]] == [403] * 10
        return {each.status for each in asked} == {403}

    twin = Site(tmp_path / "twin", Twin, without="limits")
    await two_sided_async(attack, whole=Site(tmp_path / "whole", Buckler), twin=twin)
