"""Guessing is slow for everybody who is no known device, and no name is ever shut."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from buckler.asgi import Exchange
from buckler.identity.sign_in.throttle import BEFORE_CODE, FREE, LONGEST_WAIT, MOST_IN_A_ROW, Throttle, Throttled
from tests.clocks import FakeClock
from tests.identity.house import PASSWORD, WRONG
from tests.identity.scene import HOUR, OWNER, Scene, network
from tests.proof import two_sided, two_sided_async

Told = tuple[int, str, dict[str, str]]
FORGERIES = ("x-forwarded-for", "x-real-ip", "x-client-ip", "cf-connecting-ip", "true-client-ip", "client-ip")


def exchange(client: str) -> Exchange:
    return Exchange({"type": "http", "method": "POST", "path": "/", "headers": [], "client": (client, 1)}, None)


def test_waits_grow_and_end() -> None:
    """Five failures are free; each more doubles the wait, up to a minute; nobody waits longer than that."""
    throttle = Throttle(FakeClock())
    waits = [throttle.judge(failures, 0, mails=False).wait for failures in range(14)]
    assert waits == [0, 0, 0, 0, 0, 5, 10, 20, 40, 60, 60, 60, 60, 60]
    assert throttle.judge(9, 59, mails=False).wait == 1
    assert throttle.judge(9, 60, mails=False).kind == "free"
    assert throttle.judge(10**9, -(10**9), mails=False).wait == LONGEST_WAIT
    assert throttle.judge(BEFORE_CODE, 10**9, mails=True).kind == "code"


def test_a_network_has_a_budget_of_its_own() -> None:
    """Ten attempts a minute; another network is not held by it."""
    clock = FakeClock()
    throttle = Throttle(clock)
    for _ in range(10):
        throttle.admit("192.0.2.1")
    with pytest.raises(Throttled) as caught:
        throttle.admit("192.0.2.1")
    assert caught.value.wait == 60
    throttle.admit("192.0.2.2")
    clock.advance(60)
    throttle.admit("192.0.2.1")


def test_the_overall_budget_only_raises_what_is_demanded() -> None:
    """While it is spent the code is demanded sooner; nobody is refused by it, and it fills again."""
    clock = FakeClock()
    throttle = Throttle(clock)
    for _ in range(301):
        throttle.note_failure()
    assert [throttle.judge(failures, 0, mails=True).kind for failures in range(5)] == ["free"] * 3 + ["code"] * 2
    throttle.admit("192.0.2.1")
    clock.advance(60)
    assert throttle.judge(4, 0, mails=True).kind == "free"


@pytest.mark.asvs("6.3.1")
async def test_guesses_from_everywhere_at_one_name_are_few(tmp_path: Path) -> None:
    """A botnet, of which no network comes twice, guesses at one account for an hour: all is hashed without it."""

    async def attack(scene: Scene) -> bool:
        before = scene.hashes
        for _ in range(15):
            await asyncio.gather(*(scene.guess() for _ in range(3)))
            scene.clock.advance(HOUR / 15)
        return scene.hashes - before > BEFORE_CODE

    async with Scene(tmp_path / "whole") as whole, Scene(tmp_path / "twin", without=Throttle) as twin:
        await two_sided_async(attack, whole=whole, twin=twin)


@pytest.mark.asvs("6.3.1", "15.4.2")
async def test_fifty_guesses_at_once_are_five(tmp_path: Path) -> None:
    """Counted before any hashing: what comes at the same moment does not get past the budget."""

    async def attack(scene: Scene) -> bool:
        before = scene.hashes
        answers = await asyncio.gather(*(scene.guess() for _ in range(50)))
        assert {status for status, _ in answers} <= {401, 429, 503}
        return scene.hashes - before > FREE

    async with Scene(tmp_path / "whole") as whole, Scene(tmp_path / "twin", without=Throttle) as twin:
        await two_sided_async(attack, whole=whole, twin=twin)


@pytest.mark.asvs("6.3.1")
async def test_one_network_cannot_try_one_password_at_many_names(tmp_path: Path) -> None:
    """Spraying: one guess at each of thirty names from one address."""

    async def attack(scene: Scene) -> bool:
        guesses = [scene.house.knock("127.9.9.9", f"person{at}") for at in range(30)]
        return all(answer.status_code == 401 for answer in [await each for each in guesses])

    async with Scene(tmp_path / "whole") as whole, Scene(tmp_path / "twin", without=Throttle) as twin:
        await two_sided_async(attack, whole=whole, twin=twin)


@pytest.mark.asvs("6.3.1")
async def test_nobody_gets_another_budget_by_saying_that_he_is_somebody_else(tmp_path: Path) -> None:
    """One address, another name each time, and another client in every field that a proxy might have written."""

    async def attack(scene: Scene) -> bool:
        told = list[int]()
        for at in range(12):
            said = dict.fromkeys(FORGERIES, f"192.0.2.{at}") | {"forwarded": f"for=192.0.2.{at}"}
            body = {"name": f"person{at}@example.com", "password": WRONG}
            told.append((await scene.house.client.post("/auth/sign-in", json=body, headers=said)).status_code)
        return told == [401] * 12

    async with Scene(tmp_path / "whole") as whole, Scene(tmp_path / "twin", without=Throttle) as twin:
        await two_sided_async(attack, whole=whole, twin=twin)


async def test_whoever_has_one_ipv6_address_has_its_network(tmp_path: Path) -> None:
    """The 2^64 addresses of one customer share a budget."""
    async with Scene(tmp_path) as scene:
        attempts = scene.house.accounts.opened().sign_in._attempts
        for at in range(10):
            await attempts.begin(f"person{at}@example.com", None, None, exchange(f"2001:db8::{at + 1:x}"))
        with pytest.raises(Throttled):
            await attempts.begin("another@example.com", None, None, exchange("2001:db8::ffff:1"))
        await attempts.begin("another@example.com", None, None, exchange("2001:db8:0:1::1"))


@pytest.mark.asvs("6.3.1")
async def test_a_good_sign_in_on_ones_own_account_clears_nothing_of_anothers(tmp_path: Path) -> None:
    """Five guesses at the victim, one sign-in as oneself, five more guesses: the budget is as it was."""

    async def attack(scene: Scene) -> bool:
        own = "mallory@example.com"
        assert (await scene.house.register(own)).status_code == 201
        hashed = 0
        for _ in range(4):
            before = scene.hashes
            for _ in range(FREE):
                await scene.guess()
            hashed += scene.hashes - before
            assert await scene.guess(own, PASSWORD) == (200, "")
        return hashed > FREE

    async with Scene(tmp_path / "whole") as whole, Scene(tmp_path / "twin", without=Throttle) as twin:
        await two_sided_async(attack, whole=whole, twin=twin)


@pytest.mark.asvs("6.3.8")
@pytest.mark.parametrize("mails", [True, False])
async def test_a_name_without_an_account_meets_the_same(tmp_path: Path, *, mails: bool) -> None:
    """Status, code, wait and bytes are the same at each step, whether the name has an account or not."""
    async with Scene(tmp_path, mails=mails) as scene:
        known, unknown = list[Told](), list[Told]()
        for at in range(14):
            for name, told in ((OWNER, known), ("nobody@example.com", unknown)):
                answer = await scene.house.knock(network(1000 + at), name)
                text = answer.text.replace(answer.json()["request_id"], "")
                lengths = {key: value for key, value in answer.headers.items() if key != "x-request-id"}
                told.append((answer.status_code, text, lengths))
            scene.clock.advance(LONGEST_WAIT if at > FREE else 1)
        assert known == unknown
        assert {status for status, _, _ in known} == {401, 429}
        assert any("code-required" in text for _, text, _ in known) == mails


async def test_who_waits_is_told_at_once_and_for_how_long(tmp_path: Path) -> None:
    """429 with Retry-After and nothing hashed; after that time the right password gets in, and clears the name."""
    async with Scene(tmp_path) as scene:
        for _ in range(FREE):
            assert await scene.guess() == (401, "sign-in-failed")
        before = scene.hashes
        answer = await scene.house.knock(network(777), OWNER, PASSWORD)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")
        assert answer.json()["type"] == "urn:buckler:problem:sign-in-limited"
        assert answer.json()["detail"] == (
            "Too many sign-ins from this network, or too many wrong passwords for this name; try again after the time"
            " in Retry-After."
        )
        assert scene.hashes == before
        scene.clock.advance(5)
        assert await scene.guess(password=PASSWORD) == (200, "")
        for _ in range(FREE):
            assert await scene.guess() == (401, "sign-in-failed")


async def test_without_letters_there_are_waits_and_never_a_lock(tmp_path: Path) -> None:
    """However many strangers guessed, the owner comes in after a minute at most."""
    async with Scene(tmp_path, mails=False) as scene:
        await scene.guess_slowly(MOST_IN_A_ROW + 5)
        assert await scene.guess(password=PASSWORD) == (200, "")


def test_the_password_form_is_no_way_around(tmp_path: Path) -> None:
    """The form of OAuth2 spends the same budgets."""

    async def spend(scene: Scene) -> bool:
        async with scene:
            form = {"grant_type": "password", "username": OWNER, "password": WRONG}
            for at in range(FREE):
                path = "/auth/token" if at % 2 else "/auth/sign-in"
                body: dict[str, Any] = {"data": form} if at % 2 else {"json": {"name": OWNER, "password": WRONG}}
                await scene.house.client.post(path, **body)
            answer = await scene.house.client.post("/auth/token", data=form | {"password": PASSWORD})
            return answer.status_code == 200

    def attack(scene: Scene) -> bool:
        return asyncio.run(spend(scene))

    two_sided(attack, whole=Scene(tmp_path / "whole"), twin=Scene(tmp_path / "twin", without=Throttle))


async def test_what_was_shed_is_no_failure(tmp_path: Path) -> None:
    """A sign-in that found no place to be hashed counts neither at its name nor at its device."""
    async with Scene(tmp_path) as scene:
        sign_in = scene.house.accounts.opened().sign_in
        attempt = await sign_in._attempts.begin(OWNER, None, None, None)
        await sign_in._attempts.forgive(attempt)
        for _ in range(FREE):
            assert await scene.guess() == (401, "sign-in-failed")
        assert (await scene.guess())[0] == 429
