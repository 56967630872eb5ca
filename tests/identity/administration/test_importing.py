"""Accounts of other systems: judged in full, kept in one piece, and upgraded at the first sign-in."""

import asyncio
import json
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

import pytest

from buckler.identity.account_store import Account, AccountStore, NameTaken
from buckler.identity.administration.importing import Fault, Importing, Judged, Record
from buckler.identity.passwords.profiles import MINIMUM
from buckler.identity.sign_in.sign_in import SignIn
from buckler.identity.sign_in.throttle import Throttle
from buckler.tokens.vault import Vault
from tests.identity.account_world import parts
from tests.identity.foreign_vectors import CUT, MADE, SHORT, django
from tests.identity.home import Home
from tests.identity.house import PASSWORD, WRONG, House
from tests.identity.passwords.test_foreign_hashes import FAST, MALFORMED, OVER_COST
from tests.identity.scene import Scene
from tests.proof import two_sided_async

READER = frozenset({"reader"})


def importing(house: House) -> Importing:
    """What imports into the database of a house that is open."""
    made, opened = house.accounts, house.accounts.opened()
    hashing, events = opened.sign_in._hashing, opened.administration._events
    return Importing(made.settings, opened.administration, made._database, hashing, made.clock, events)


def record(line: int, name: str, hashed: str = "", **members: Any) -> Record:
    told: dict[str, Any] = {"email": None, "roles": None, "confirmed": False, "disabled": False, **members}
    return Record(line, name, hash=hashed, **told)


async def judged(home: House, *records: Record | Fault) -> Judged:
    seen: list[int] = []
    found = await importing(home).judge(records, READER, seen.append)
    assert seen == [each.line for each in records]
    return found


async def brought(home: House, *records: Record) -> None:
    """Import these, of which none is at fault."""
    found = await judged(home, *records)
    assert found.faults == []
    await importing(home).keep(found.newcomers)


async def kept(home: Home, name: str) -> str:
    """The hash of an account, as somebody reads it who has the database and the master secret."""
    account = await home.account(name)
    vault = next(each for each in parts(home.opened) if isinstance(each, Vault))
    return vault.unseal("password", account.id, account.password_sealed).decode()


@pytest.mark.parametrize("maker", MADE)
async def test_the_first_sign_in_replaces_the_hash(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, maker: str
) -> None:
    """Once, with a password that our rules would refuse, and with an event; a wrong one replaces nothing."""
    caplog.set_level("INFO", "buckler.events")
    async with Home(tmp_path) as home:
        await brought(home, record(1, "bob", MADE[maker][1]))
        assert (await home.sign_in("bob", WRONG)).status_code == 401
        assert (await kept(home, "bob")).startswith("foreign:")
        assert "authn_hash_renewed" not in caplog.text
        for _ in range(2):
            assert (await home.sign_in("bob", SHORT)).status_code == 200
            assert (await kept(home, "bob")).startswith("$argon2id$v=19$m=8,t=1,p=1$")
        assert (await home.sign_in("bob", WRONG)).status_code == 401
    assert caplog.text.count("authn_hash_renewed") == 1
    assert SHORT not in caplog.text
    assert MADE[maker][1] not in caplog.text


class Keeping(SignIn):
    """The twin that lets hashes be what they are."""

    async def _rehash(self, account: Account, password: str, exchange: object) -> None:
        """Not worth the work."""


@pytest.mark.asvs("11.4.2")
async def test_no_weak_hash_outlives_the_first_sign_in(tmp_path: Path) -> None:
    """A thief of the database and its secret finds the password as slowly as any other."""

    async def attack(home: Home) -> bool:
        """Find the password with a thousand rounds of SHA-256, as they were imported."""
        async with home:
            await brought(home, record(1, "bob", django("tuba")))
            assert (await home.sign_in("bob", "tuba")).status_code == 200
            return django("tuba") in await kept(home, "bob")

    whole, twin = Home(tmp_path / "whole", hashing=MINIMUM), Home(tmp_path / "twin", Keeping, hashing=MINIMUM)
    await two_sided_async(attack, whole=whole, twin=twin)


async def test_every_kind_of_line_becomes_an_account(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """With its roles, its proved address and its state; one line in the log tells of all of them, and one of admins."""
    caplog.set_level("INFO", "buckler.events")
    strong = f"$2b$10${CUT[7:]}"
    async with Home(tmp_path) as home:
        caplog.clear()
        found = await judged(
            home,
            record(1, "bob", django("tuba"), email="bob@example.com", confirmed=True),
            record(2, "Carol", strong, email="carol@example.com", roles=("admin", "reader")),
            record(3, "dora", django("tuba"), roles=(), disabled=True),
            record(4, "eve", "!unusable", email="eve@example.com", confirmed=True),
        )
        assert (found.faults, found.unconfirmed, found.without_password) == ([], 1, 1)
        assert found.kinds == [("pbkdf2-sha256", 2, 2), ("bcrypt", 1, 0)]
        await importing(home).keep(found.newcomers)
        bob, carol, dora, eve = [await home.account(name) for name in ("bob", "carol", "dora", "eve")]
        assert (bob.email, bob.roles, bob.disabled_at) == ("bob@example.com", READER, None)
        assert (carol.name, carol.email, carol.roles) == ("Carol", None, {"admin", "reader"})
        assert (dora.roles, dora.disabled_at) == (frozenset(), int(home.clock.now()))
        assert (await home.sign_in("dora", "tuba")).status_code == 401
        assert (await home.sign_in("eve", "!unusable")).status_code == 401
        assert (await home.sign_in("eve", "")).status_code in (401, 422)
        assert eve.email == "eve@example.com"
        lines = [json.loads(line) for line in caplog.messages if "import" in line or "authz_admin" in line]
    assert [line["event"] for line in lines] == ["user_imported", "authz_admin"]
    assert lines[0].items() >= {"accounts": 4, "locked": 1, "weak": 2, "by": "operator"}.items()
    assert lines[1]["account"] == carol.id


async def test_everything_at_fault_is_said_and_nothing_of_the_hash(tmp_path: Path) -> None:
    """All that is wrong with a line at once; names are judged as at registration, look-alikes with them."""
    hashed = FAST[0]
    async with Home(tmp_path) as home:
        lines = {
            record(1, "b", django("tuba")): "",
            record(2, "alice", django("tuba")): "An account has this name",
            record(3, "ALICE", django("tuba")): "An account has this name",
            record(4, "ace", django("tuba")): None,
            record(5, "\u0430\u0441\u0435", django("tuba")): "Line 4 has this name, or one that looks the same",
            record(6, "carol", hashed, roles=("raeder",)): "There is no such role. The roles are admin, reader.",
            record(7, "carol", django("tuba")): "Line 6 has this name",
            record(8, "dora", ""): "no password, and no confirmed address",
            record(9, "dora2", "", email="dora@example.com"): "no password, and no confirmed address",
            record(10, "erin", django("tuba"), email="nowhere"): "one e-mail address",
            record(11, "fay", django("tuba"), email="fay@example.com", confirmed=True): None,
            record(12, "gus", django("tuba"), email="FAY@example.com", confirmed=True): "Line 11 has this address",
            record(13, "gus2", django("tuba"), email="fay@example.com"): None,
            record(14, "a\0b", django("tuba")): "",
            record(15, "x" * 300, django("tuba")): "",
            Fault(16, "It is not UTF-8."): "It is not UTF-8.",
        }
        found = await judged(home, *lines)
        told = {fault.line: fault.text for fault in found.faults}
        assert set(told) == {each.line for each, words in lines.items() if words is not None}
        for each, words in lines.items():
            assert words is None or words in told[each.line], told[each.line]
            assert not isinstance(each, Record) or not each.hash or each.hash not in told.get(each.line, "")
        assert "made for speed" in told[6]
        assert found.lacks_roles
        assert [each.name for each in found.newcomers] == ["ace", "fay", "gus2"]


async def test_no_hash_that_cannot_be_verified_is_kept_or_used(tmp_path: Path) -> None:
    """A line with it is at fault. Where it got into the database all the same, its sign-in is refused as any other."""
    async with Home(tmp_path, without=Throttle) as home:
        nobody = await home.sign_in("nobody", PASSWORD)
        for text in (*OVER_COST, *MALFORMED[1:], *FAST):
            found = await judged(home, record(1, "bob", text))
            assert [fault.line for fault in found.faults] == [1]
            account = await home.account()
            vault = next(each for each in parts(home.opened) if isinstance(each, Vault))
            sealed = vault.seal("password", account.id, b"foreign:" + text.encode())
            await home.accounts._opener._store.replace_hash(account, sealed)
            answer = await home.sign_in("alice", PASSWORD)
            assert answer.status_code == nobody.status_code == 401
            assert {**answer.json(), "request_id": ""} == {**nobody.json(), "request_id": ""}


async def test_what_cannot_be_verified_costs_as_much_as_a_name_that_does_not_exist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As bcrypt without its library: one comparison, and the log says what to install."""
    caplog.set_level("INFO", "buckler.events")
    async with Home(tmp_path) as home:
        await brought(home, record(1, "bob", CUT))
        monkeypatch.setitem(sys.modules, "bcrypt", None)
        bench = home.accounts._workbench
        for name in ("bob", "nobody"):
            begun = bench.begun
            assert (await home.sign_in(name, "x" * 80)).status_code == 401
            assert bench.begun == begun + 1
    assert '"reason":"hash"' in caplog.text
    assert "pip install 'buckler[bcrypt]'" in caplog.text


async def test_a_session_shows_a_foreign_password_too(tmp_path: Path) -> None:
    """Where the sign-in found no time to replace it: it is changed as any other."""
    async with Home(tmp_path, Keeping) as home:
        await brought(home, record(1, "bob", CUT))
        answer = await home.sign_in("bob", "x" * 80)
        token = answer.json()["access_token"]
        wrong = await home.post("/auth/me/password", token, current=WRONG, new=PASSWORD)
        assert wrong.status_code == 403, wrong.text
        assert (await home.post("/auth/me/password", token, current="x" * 80, new=PASSWORD)).status_code == 200
        assert (await kept(home, "bob")).startswith("$argon2id$")


class Hasty(AccountStore):
    """The twin that looks for names once, and keeps what it judged by them."""

    first: ClassVar[tuple[set[str], set[str]]] = (set(), set())

    async def keys(self, connection: Any) -> tuple[set[str], set[str]]:
        return self.first


async def test_a_name_that_is_taken_meanwhile_stops_the_whole_import(tmp_path: Path) -> None:
    """Somebody proves an address in a running service while a file with an account of that name is judged."""

    async def attack(kind: type[AccountStore]) -> bool:
        """Have one address mean two accounts."""
        async with Home(tmp_path / kind.__name__, owner="ada@example.com", identifier="email") as home:
            bringing = importing(home)
            bringing._store.__class__ = kind
            lines: Iterable[Record] = (record(1, "carol@example.com", CUT), record(2, "bob@example.com", CUT))
            found = await bringing.judge(lines, READER, lambda _: None)
            ada, store = await home.account(), home.accounts._opener._store
            async with home.accounts._database.writing() as connection:
                await store.set_address(connection, ada.id, "bob@example.com", names=False)
            with suppress(NameTaken):
                await bringing.keep(found.newcomers)
            both = [await store.find(name) for name in ("carol@example.com", "bob@example.com")]
            assert both[0] is None or both[1] is not None
            return both[1] is not None

    await two_sided_async(attack, whole=AccountStore, twin=Hasty)


async def test_where_names_are_addresses_one_is_never_two_accounts(tmp_path: Path) -> None:
    """What somebody signs in with is nobody else's address, in the file and in the database."""
    async with Home(tmp_path, owner="ada@example.com", identifier="email") as home:
        found = await judged(
            home,
            record(1, "bob@example.com", CUT, email="Bob@example.com", confirmed=True),
            record(2, "carol@example.com", CUT, email="bob@example.com", confirmed=True),
            record(3, "dora@example.com", CUT, email="ada@example.com", confirmed=True),
            record(4, "erin@example.com", CUT, email="post@example.com", confirmed=True),
            record(5, "post@example.com", CUT),
            record(6, "fay@example.com", "", confirmed=False),
        )
        told = {fault.line: fault.text for fault in found.faults}
        assert set(told) == {2, 3, 5}
        assert "Line 1 has this address" in told[2]
        assert "An account has this address" in told[3]
        assert "Line 4 has this name" in told[5]
        await importing(home).keep(found.newcomers)
        assert (await home.account("erin@example.com")).email == "post@example.com"
        assert (await home.account("fay@example.com")).email is None


async def test_who_has_no_password_chooses_one_with_a_mailed_code(tmp_path: Path) -> None:
    """The code goes to the name, which is proved by it; a foreign hash can be replaced in the same way."""
    async with Scene(tmp_path) as scene:
        await brought(scene.house, record(1, "bob@example.com", "!"), record(2, "carol@example.com", CUT))
        for name in ("bob@example.com", "carol@example.com"):
            assert (await scene.house.post("/auth/reset", name=name)).status_code == 202
            await scene.deliver()
            code = scene.mailer.code("reset")
            answer = await scene.house.post("/auth/reset/confirm", code=code, password=PASSWORD)
            assert answer.is_success, answer.text
            assert (await scene.house.sign_in(name)).status_code == 200
            assert (await scene.house.sign_in(name, "x" * 80)).status_code == 401


async def test_two_sign_ins_at_once_both_come_in(tmp_path: Path) -> None:
    """Whichever replaces the hash: what is kept is one of ours, of the password."""
    async with Home(tmp_path) as home:
        await brought(home, record(1, "bob", CUT))
        answers = await asyncio.gather(*(home.sign_in("bob", "x" * 80) for _ in range(3)))
        assert [answer.status_code for answer in answers] == [200, 200, 200]
        assert (await kept(home, "bob")).startswith("$argon2id$")
        assert (await home.sign_in("bob", "x" * 80)).status_code == 200
        assert (await home.sign_in("bob", "x" * 72)).status_code == 401


def test_a_line_never_shows_its_hash() -> None:
    """Not in a traceback either."""
    assert CUT not in repr(record(1, "bob", CUT))
