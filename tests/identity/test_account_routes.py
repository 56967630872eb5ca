"""What holds for every way into an account, and for every change by its owner: the odd, the huge, the secret."""

import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from buckler.identity.accounts import DATABASE_FILE
from tests.identity.house import ORIGIN, PASSWORD
from tests.identity.owners.test_confirmation import Verified
from tests.identity.post_house import ADA, BEA, PostHouse, problem

DAY = 86_401
CODE = "7K2M4-R2D9X-WBT3H-NVC6J-PZ0A1K"
OPEN: dict[str, dict[str, Any]] = {
    "/auth/register": {"name": "cleo@example.com"},
    "/auth/confirm": {"code": CODE, "password": PASSWORD},
    "/auth/reset": {"name": ADA},
    "/auth/reset/confirm": {"code": CODE, "password": PASSWORD},
}
"""Every way in that anybody may try, and what it takes."""
OWN: dict[str, dict[str, Any]] = {
    "/auth/me/password": {"current": PASSWORD, "new": "short"},
    "/auth/me/address": {"password": PASSWORD, "address": "ada@example.org"},
    "/auth/me/address/confirm": {"code": CODE},
    "/auth/me/erase": {"password": "another otter plays the harp"},
    "/auth/invitations": {"name": "dana@example.com", "roles": ["reader"]},
}
"""Every change that an owner makes, and what it takes."""
ELSEWHERE = {
    "/auth/sign-in", "/auth/token", "/auth/refresh", "/auth/logout", "/auth/logout-everywhere",
    "/auth/first-administrator",
}  # fmt: skip
"""What other files look at."""
ODD = (
    '"a\\u0000b"', '"\\ud800"', '"\\udc00\\ud800"', "NaN", "Infinity", "-1e999", "1" + "0" * 30, "-0", "1.5", "true",
    "null", "[]", "{}", '""', '" "', '"\\u202egro.elpmaxe@ada"', '"%s"' % ("x" * 5000), '["\\u0000"]', '[["reader"]]',
    '"ada@example.com\\r\\nBcc: eve@example.com"', '"\' OR 1=1 --"', '"{{7*7}}"', '"../../etc/passwd"',
)  # fmt: skip
"""JSON values, written out."""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Verified]:
    """A house in which Ada lives, and Bea administrates."""
    async with Verified(tmp_path) as made:
        await made.move_in()
        await made.move_in(BEA, "admin")
        yield made


async def raw(house: PostHouse, path: str, body: str, token: str | None = None) -> httpx2.Response:
    return await house.ask("POST", path, token, content=body.encode(), headers={"content-type": "application/json"})


def written(members: dict[str, Any], name: str, value: str) -> str:
    """A body in which one member is this JSON."""
    parts = [f"{json.dumps(each)}:{value if each == name else json.dumps(given)}" for each, given in members.items()]
    return "{" + ",".join(parts) + "}"


def test_every_way_is_among_them(tmp_path: Path) -> None:
    """A route that is made later has to be written down here, or elsewhere."""
    house = Verified(tmp_path)
    routes = [route for route in house.accounts.router.routes if "POST" in getattr(route, "methods", ())]
    assert {getattr(route, "path", "") for route in routes} - ELSEWHERE - {
        path for path in {getattr(route, "path", "") for route in routes} if path.startswith("/auth/accounts/")
    } == {*OPEN, *OWN}


async def test_nothing_odd_is_an_error_of_ours(house: Verified) -> None:
    """In every member of every way: 4xx, or what everybody hears, and never 5xx."""
    for path, members in OPEN.items():
        for name in members:
            for value in ODD:
                answer = await raw(house, path, written(members, name, value))
                assert answer.status_code in (202, 400, 403, 422), (path, name, value, answer.text)
    await house.deliver()
    assert {each.kind for each in house.mailer.letters} <= {"confirm", "reset"}


async def test_neither_is_it_from_somebody_who_is_signed_in(house: Verified) -> None:
    """The same for the changes; no limit is in the way, since each few come on a day of their own."""
    for path, members in OWN.items():
        for name in members:
            token = ""
            for at, value in enumerate(ODD):
                if at % 5 == 0:
                    house.clock.advance(DAY)
                    token = (await house.enter(BEA))["access_token"]
                answer = await raw(house, path, written(members, name, value), token)
                assert answer.status_code in (200, 202, 400, 403, 422), (path, name, value, answer.text)
                if answer.status_code == 200:
                    assert (path, name) == ("/auth/me/password", "new"), "an odd password is one all the same"
                    token = answer.json()["access_token"]
                    again = await house.post(path, token, current=json.loads(value), new=PASSWORD)
                    token = again.json()["access_token"]
    assert await house.lets_in(PASSWORD, BEA)


async def test_nobody_says_in_a_body_who_he_is(house: Verified) -> None:
    """An id, an owner, roles, an address beside what is asked for: 422, and nothing is done."""
    token = (await house.enter(BEA))["access_token"]
    for path, members in {**OPEN, **OWN}.items():
        for name, value in (("id", "x"), ("owner", ADA), ("account_id", "x"), ("email", ADA), ("role", "admin")):
            answer = await house.post(path, token if path in OWN else None, **members, **{name: value})
            house.clock.advance(8)  # ten a minute are let in
            assert answer.status_code == 422, (path, name)
        if "roles" not in members:
            answer = await house.post(path, token if path in OWN else None, **members, roles=["admin"])
            assert answer.status_code == 422, path
    assert await house.sent() == []
    assert (await house.roles_of(ADA), await house.roles_of(BEA)) == ({"reader"}, {"admin"})


async def test_a_password_of_a_megabyte_costs_no_hash(house: Verified) -> None:
    """Nor does one that is only too long, nor one that is blank."""
    token = (await house.enter())["access_token"]
    before = house.accounts._workbench.begun
    for path, members in {**OPEN, **OWN}.items():
        for name in set(members) & {"password", "current", "new"}:
            if name == "new":
                continue  # the current one is looked at before it
            for size, statuses in ((1_000_000, {413}), (5000, {422, 403}), (0, {422, 403})):
                answer = await raw(
                    house, path, written(members, name, json.dumps("x" * size)), token if path in OWN else None
                )
                house.clock.advance(6)
                assert answer.status_code in statuses, (path, size, answer.text)
    assert house.accounts._workbench.begun == before


async def test_a_scanner_that_opens_every_link_uses_nothing_up(
    house: Verified, caplog: pytest.LogCaptureFixture
) -> None:
    """GET and HEAD of the link in the letter and of the ways themselves; then the code is good. No log has it."""
    caplog.set_level(logging.DEBUG)
    await house.post("/auth/register", name="cleo@example.com")
    await house.post("/auth/reset", name=ADA)
    token = (await house.enter(BEA))["access_token"]
    await house.post("/auth/me/address", token, password=PASSWORD, address="bea@example.org")
    codes = {kind: await house.code(kind) for kind in ("confirm", "reset", "address")}
    ways = {"confirm": "/auth/confirm", "reset": "/auth/reset/confirm", "address": "/auth/me/address/confirm"}
    for letter in [each for each in house.mailer.letters if each.kind in codes]:
        links = [line.strip() for line in letter.text.splitlines() if "://" in line and "#code=" in line]
        assert links == [f"{ORIGIN}/confirm#code={codes[letter.kind]}"]
        for link in (*links, f"{ways[letter.kind]}?code={codes[letter.kind]}"):
            for method in ("GET", "HEAD", "GET", "HEAD"):
                opened = await house.ask(method, link, token if letter.kind == "address" else None)
                assert opened.status_code in (401, 403, 404, 405), (link, opened.status_code)
    for kind in ("confirm", "reset"):
        answer = await house.post(ways[kind], code=codes[kind], password="quiet walrus mends the clock")
        assert answer.is_success, answer.text
    assert (await house.post(ways["address"], token, code=codes["address"])).status_code == 204
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert len(ours) > 10
    assert not [line for line in ours for code in codes.values() if code in line or code.replace("-", "") in line]


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-host": "evil.test", "x-forwarded-proto": "https", "x-forwarded-server": "evil.test"},
        {"forwarded": "host=evil.test;proto=https"},
        {"x-original-host": "evil.test", "x-host": "evil.test", "origin": "https://evil.test"},
        {"host": "evil.test"},
        {"host": "localhost:evil.test"},
    ],
)
async def test_letters_lead_to_the_configured_origin_alone(house: Verified, headers: dict[str, str]) -> None:
    """Whatever a request says of where it came to: it is refused, or the letter is as always."""
    statuses = [
        (await house.ask("POST", path, json={"name": name}, headers=headers)).status_code
        for path, name in (("/auth/register", "cleo@example.com"), ("/auth/register", ADA), ("/auth/reset", ADA))
    ]
    assert set(statuses) <= {202, 400, 403}
    await house.deliver()
    assert len(house.mailer.letters) == statuses.count(202)
    for letter in house.mailer.letters:
        for part in (letter.text, letter.html, letter.subject):
            assert "evil" not in part
        assert all(link.startswith(f"{ORIGIN}") for link in letter.text.split() if "://" in link)


class Diary:
    """Everything that leaves a house: its answers, its log, and what is written into its database."""

    def __init__(self, house: Verified, caplog: pytest.LogCaptureFixture) -> None:
        self._house = house
        self._caplog = caplog
        self._answers: list[bytes] = []

    async def post(self, path: str, token: str | None = None, **members: Any) -> httpx2.Response:
        answer = await self._house.post(path, token, **members)
        self._answers.append(repr(answer.headers).encode() + answer.content)
        return answer

    def has(self, secret: str) -> bool:
        ours = [record for record in self._caplog.records if not record.name.startswith(("httpx", "httpcore"))]
        log = "\n".join(record.getMessage() for record in ours)
        kept = b"".join(each.read_bytes() for each in self._house.accounts.settings.data.glob(f"{DATABASE_FILE}*"))
        return secret in log or any(secret.encode() in each for each in (*self._answers, kept))


async def test_no_secret_is_seen_again(house: Verified, caplog: pytest.LogCaptureFixture) -> None:
    """Passwords, right, wrong and weak, and codes: in no answer, no line of the log and no column."""
    caplog.set_level(logging.DEBUG)
    diary, cleo = Diary(house, caplog), "cleo@example.com"
    chosen = [f"canary {word} sings in the mine" for word in ("scarlet", "indigo", "olive")]
    wrong, weak = "canary wrong sings in the mine", "canary7"
    await diary.post("/auth/register", name=cleo)
    codes = [await house.code("confirm")]
    assert (await diary.post("/auth/confirm", code=codes[0], password=weak)).status_code == 422
    assert (await diary.post("/auth/confirm", code=codes[0], password=chosen[0])).status_code == 201
    token = (await diary.post("/auth/sign-in", name=cleo, password=chosen[0])).json()["access_token"]
    await diary.post("/auth/me/password", token, current=wrong, new=chosen[1])
    await diary.post("/auth/me/password", token, current=chosen[0], new=weak)
    changed = await diary.post("/auth/me/password", token, current=chosen[0], new=chosen[1])
    token = changed.json()["access_token"]
    await diary.post("/auth/me/address", token, password=chosen[1], address="cleo@example.org")
    codes.append(await house.code("address"))
    await diary.post("/auth/me/address/confirm", token, code=codes[1])
    await diary.post("/auth/reset", name="cleo@example.org")
    codes.append(await house.code("reset"))
    assert (await diary.post("/auth/reset/confirm", code=codes[2], password=chosen[2])).status_code == 204
    token = (await diary.post("/auth/sign-in", name="cleo@example.org", password=chosen[2])).json()["access_token"]
    assert (await diary.post("/auth/me/erase", token, password=wrong)).status_code == 403
    assert problem(await diary.post("/auth/register", name=cleo, password=wrong))[0] == 422
    for secret in (*chosen, wrong, weak, *codes, *(each.replace("-", "") for each in codes)):
        assert not diary.has(secret), secret
    assert diary.has("cleo@example.org"), "the judge can say yes"
