"""The routes under /auth: what they answer, and what they never say."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from buckler.identity.accounts import DATABASE_FILE
from tests.identity.house import PASSWORD, WRONG, House, accounts, settings
from tests.identity.profiles import CHEAPER_THAN


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A house in which alice has an account."""
    async with House(accounts(settings(tmp_path))) as made:
        assert (await made.register()).status_code == 201
        yield made


async def test_whoever_registers_can_sign_in(house: House) -> None:
    """Registering gives the id and name alone; signing in a token; the token says who it is."""
    created = (await house.register("Zo\u00eb")).json()
    assert sorted(created) == ["id", "name"]
    answer = await house.sign_in("ZO\u00cb")
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert {key: body[key] for key in ("status", "token_type", "expires_in")} == {
        "status": "complete", "token_type": "bearer", "expires_in": 600,
    }  # fmt: skip
    me = (await house.get("/auth/me", body["access_token"])).json()
    assert me == {**created, "roles": ["reader"], "permissions": ["reports:read"]}


async def test_every_failed_sign_in_is_the_same(house: House) -> None:
    """Unknown, impossible, wrong, disabled, copied hash: the same bytes but for the request's id."""
    for name in ("carol", "david"):
        await house.register(name)
    _change(house, "update account set disabled_at = 1 where name = 'carol'")
    _change(house, "update account set password_sealed = (select password_sealed from account where name = 'alice')"
                   " where name = 'david'")  # fmt: skip
    answers = [
        await house.sign_in(name, password)
        for name, password in (
            ("alice", WRONG),
            ("nobody", WRONG),
            ("\u0430lice", PASSWORD),
            ("a\x00b", WRONG),
            ("carol", PASSWORD),
            ("david", PASSWORD),
            ("alice", "\x00"),
        )
    ]
    assert {answer.status_code for answer in answers} == {401}
    told = {answer.text.replace(answer.json()["request_id"], "") for answer in answers}
    assert len(told) == 1
    assert len({frozenset((key, len(value)) for key, value in answer.headers.items()) for answer in answers}) == 1


async def test_a_name_that_looks_the_same_is_taken(house: House) -> None:
    """Another spelling of a name is 409; a look-alike from another script is refused."""
    assert (await house.register("\uff21LICE")).status_code == 409
    refused = await house.register("\u0430lice")
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:buckler:problem:invalid-name")


async def test_a_weak_password_is_refused_with_its_reason(house: House) -> None:
    """The answer says what to mend, and repeats nothing of the password."""
    refused = await house.register("bob", "passwordpassword1")
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:buckler:problem:weak-password")
    assert "passwordpassword1" not in refused.text
    assert "Four or more unrelated words" in refused.json()["detail"]


@pytest.mark.parametrize("password", ["", "secret", "characters", "vivid heron 14"])
async def test_a_short_password_is_told_how_long(house: House, password: str) -> None:
    """The answer is about characters, says how many, and what to do."""
    refused = await house.register("bob", password)
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:buckler:problem:weak-password")
    assert refused.json()["detail"].startswith("A password has at least 15 characters")
    assert "Four or more unrelated words do well" in refused.json()["detail"]
    assert "items" not in refused.text


async def test_closed_registration_makes_no_account(tmp_path: Path) -> None:
    """Where registration is closed the answer is 403 and nothing was hashed."""
    made = accounts(settings(tmp_path, registration="closed"))
    async with House(made) as house:
        begun = made._workbench.begun
        assert (await house.register()).status_code == 403
        assert made._workbench.begun == begun
        assert (await house.sign_in()).status_code == 401


HOSTILE = (
    b'{"name":"alice","password":"' + b"x" * 1_000_000 + b'"}',
    b'{"name":"' + b"x" * 100_000 + b'","password":"y"}',
    b'{"name":"a\\ud800b","password":"\\udfff"}',
    b'{"name":"alice","password":"\\ud800\\u0000 long enough for us"}',
    b'{"name":1e30,"password":1000000000000000000000000000000}',
    b'{"name":NaN,"password":Infinity}',
    b'{"name":null,"password":[]}',
    b'{"name":"alice","password":"' + PASSWORD.encode() + b'","roles":["admin"]}',
    b'{"name":"alice"}',
    b"[]",
    b"",
    b"\xff\xfe",
    b'{"name":"alice","password":',
)


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("path", ["/auth/sign-in", "/auth/register", "/auth/first-administrator"])
async def test_hostile_bodies_end_in_4xx_without_hashing(house: House, path: str, body: bytes) -> None:
    """Megabytes, surrogates, NUL, 10^30, NaN, extra members, broken JSON: 4xx, and no hash is made."""
    begun = house.accounts._workbench.begun
    answer = await house.client.post(path, content=body, headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500
    assert house.accounts._workbench.begun == begun
    assert PASSWORD not in answer.text


async def test_a_password_is_found_nowhere(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """A canary as password, right or wrong, is in no answer, log line, event or byte of the database."""
    caplog.set_level(logging.DEBUG)
    canary = "canary-8263 sings to the moon"
    token = None
    texts = list[str]()
    for path in ("/auth/register", "/auth/sign-in"):
        answer = await house.post(path, name="carol", password=canary)
        texts.append(answer.text + str(answer.headers))
        token = answer.json().get("access_token", token)
    for name in ("carol", canary, "dave"):
        texts.append((await house.sign_in(name, canary + "!")).text)
    texts.append((await house.post("/auth/register", name="erin", password=canary, extra=1)).text)
    form = {"grant_type": "password", "username": "carol", "password": canary}
    texts.append((await house.client.post("/auth/token", data=form)).text)
    texts.append((await house.get("/auth/me", token)).text)
    assert token is not None
    found = "".join(texts) + caplog.text
    assert "canary-8263" not in found
    assert "argon2" not in found
    assert token not in caplog.text
    kept = b"".join(path.read_bytes() for path in house.accounts.settings.data.iterdir())
    assert b"carol" in kept
    assert b"canary-8263" not in kept
    assert b"argon2" not in kept


async def test_events_say_what_happened_and_no_unknown_name(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """Sign-ins, tokens and their ends are events; a name without account is written as a digest only."""
    caplog.set_level(logging.INFO, "buckler.events")
    token = await house.token()
    await house.post("/auth/logout", token)
    await house.sign_in("somebody-else", WRONG)
    text = "\n".join(caplog.messages)
    for name in ("authn_login_success", "authn_token_created", "authn_token_revoked", "authn_login_fail"):
        assert f'"event":"{name}"' in text
    assert "somebody-else" not in text
    assert '"name_digest":"' in text


async def test_the_first_administrator_is_made_once(house: House) -> None:
    """Ten claims at once with the right code make one administrator; afterwards the code is void."""
    code = house.accounts.first_administrator_code
    assert code is not None
    claims = [{"code": code, "name": f"admin{at}", "password": PASSWORD} for at in range(4)]
    answers = await asyncio.gather(*(house.post("/auth/first-administrator", **claim) for claim in claims))
    assert sorted(answer.status_code for answer in answers) == [201, 403, 403, 403]
    assert house.accounts.first_administrator_code is None
    name = next(answer.json()["name"] for answer in answers if answer.status_code == 201)
    me = (await house.get("/auth/me", await house.token(name))).json()
    assert (me["roles"], me["permissions"]) == (["admin", "reader"], ["*", "reports:read"])


async def test_a_claim_needs_the_code_and_this_machine(tmp_path: Path) -> None:
    """A wrong code is refused here; the right one is refused from elsewhere."""
    made = accounts(settings(tmp_path))
    async with House(made) as here:
        wrong = {"code": "x" * 22, "name": "alice", "password": PASSWORD}
        assert (await here.post("/auth/first-administrator", **wrong)).status_code == 403
        right = wrong | {"code": str(made.first_administrator_code)}
        for client in (("10.0.0.1", 1), ("testclient", 1)):
            elsewhere = House(made, client)
            assert (await elsewhere.post("/auth/first-administrator", **right)).status_code == 403
            await elsewhere.client.aclose()
        assert (await here.post("/auth/first-administrator", **right)).status_code == 201


async def test_keys_are_public_and_cacheable(house: House) -> None:
    """The key set holds public halves only, and may be kept for five minutes."""
    answer = await house.get("/.well-known/jwks.json")
    assert answer.headers["cache-control"] == "public, max-age=300"
    (key,) = answer.json()["keys"]
    assert (key["alg"], "d" in key) == ("Ed25519", False)


async def test_a_hash_is_made_anew_at_sign_in(tmp_path: Path) -> None:
    """After the profile got stronger the first sign-in replaces the hash, and the next leaves it."""
    async with House(accounts(settings(tmp_path))) as house:
        await house.register()
    hashes = list[bytes]()
    async with House(accounts(settings(tmp_path, hashing=CHEAPER_THAN))) as house:
        for _ in range(3):
            hashes.append(_read(house))
            assert (await house.sign_in()).status_code == 200
    assert hashes[0] != hashes[1]
    assert hashes[1] == hashes[2]


def _change(house: House, statement: str) -> None:
    connection = sqlite3.connect(house.accounts.settings.data / DATABASE_FILE)
    connection.execute(statement)
    connection.commit()
    connection.close()


def _read(house: House) -> bytes:
    connection = sqlite3.connect(house.accounts.settings.data / DATABASE_FILE)
    (sealed,) = connection.execute("select password_sealed from account where name = 'alice'").fetchone()
    connection.close()
    return bytes(sealed)
