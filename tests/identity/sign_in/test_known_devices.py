"""Whatever strangers do at a name, its owner comes in from a device that was there before."""

import asyncio
from pathlib import Path

import pytest

from buckler.identity.sign_in.devices import LIFETIME, MOST_FAILURES
from buckler.identity.sign_in.known_devices import COOKIE, KnownDevices
from buckler.identity.sign_in.throttle import BEFORE_CODE
from tests.identity.house import PASSWORD, WRONG
from tests.identity.scene import OWNER, Scene, network
from tests.proof import two_sided_async

NETWORKS = 50
STEPS = 5
"""Tenths of a second, in each of which every network sends one guess: 500 a second."""
HOME = "127.200.0.1"
MALLORY = "mallory@example.com"


async def device_of(scene: Scene, name: str = OWNER) -> str | None:
    """What the first sign-in of somebody tells its client to keep."""
    answer = await scene.house.knock(HOME, name, PASSWORD)
    assert answer.status_code == 200, answer.text
    token: str | None = answer.json()["device"]
    return token


async def tries(scene: Scene, token: str | None, name: str = OWNER, password: str = PASSWORD) -> int:
    """The status of a sign-in that shows this device, from a network that is used for nothing else."""
    members = {} if token is None else {"device": token}
    return (await scene.guess(name, password, **members))[0]


@pytest.mark.asvs("6.3.1")
async def test_a_botnet_does_not_keep_the_owner_out(tmp_path: Path) -> None:
    """Five hundred guesses a second from fifty networks: the owner comes in at every try, within two seconds."""

    async def attack(scene: Scene) -> bool:
        device = await device_of(scene)
        told = list[int]()
        for _ in range(STEPS):
            scene.clock.advance(0.1)
            flood = [asyncio.create_task(scene.house.knock(network(at), OWNER)) for at in range(NETWORKS)]
            await asyncio.sleep(0)
            async with asyncio.timeout(2):
                told.append(await tries(scene, device))
            answers = await asyncio.gather(*flood)
            assert {answer.status_code for answer in answers} <= {401, 429, 503}
        return told != [200] * STEPS

    async with Scene(tmp_path / "whole") as whole, Scene(tmp_path / "twin", without=KnownDevices) as twin:
        await two_sided_async(attack, whole=whole, twin=twin)


async def test_a_known_device_passes_where_a_code_is_demanded(tmp_path: Path) -> None:
    """It leaves the name's count as it is: strangers meet the same as before."""
    async with Scene(tmp_path) as scene:
        device = await device_of(scene)
        await scene.guess_slowly(BEFORE_CODE)
        for _ in range(3):
            assert await tries(scene, device) == 200
            assert await scene.guess(password=PASSWORD) == (401, "code-required")


async def test_a_stolen_token_is_good_for_three_guesses(tmp_path: Path) -> None:
    """Then whoever brings it is a stranger; a right password in between gives three anew."""
    async with Scene(tmp_path) as scene:
        device = await device_of(scene)
        await scene.guess_slowly(BEFORE_CODE)
        for _ in range(2):
            for _ in range(MOST_FAILURES - 1):
                assert await scene.guess(device=device) == (401, "sign-in-failed")
            assert await tries(scene, device) == 200
        for _ in range(MOST_FAILURES):
            assert await scene.guess(device=device) == (401, "sign-in-failed")
        before = scene.hashes
        assert await scene.guess(password=PASSWORD, device=device) == (401, "code-required")
        assert scene.hashes == before


async def test_fifty_guesses_with_one_token_at_once_are_three(tmp_path: Path) -> None:
    """Counted before any hashing."""
    async with Scene(tmp_path) as scene:
        device = await device_of(scene)
        await scene.guess_slowly(BEFORE_CODE)
        before = scene.hashes
        await asyncio.gather(*(scene.guess(device=device) for _ in range(50)))
        assert scene.hashes - before <= MOST_FAILURES


@pytest.mark.parametrize("kind", ["another's", "altered", "invented", "unlike any"])
async def test_what_is_no_device_of_this_account_is_a_stranger(tmp_path: Path, kind: str) -> None:
    """Above all that of an account which the attacker has himself."""
    async with Scene(tmp_path) as scene:
        await scene.house.register(MALLORY)
        own = await device_of(scene, MALLORY)
        assert own is not None
        token = {"another's": own, "altered": own[:-4] + "AAAA", "invented": "A" * 64, "unlike any": "x"}[kind]
        await scene.guess_slowly(BEFORE_CODE)
        before = scene.hashes
        assert await scene.guess(password=PASSWORD, device=token) == (401, "code-required")
        assert scene.hashes == before
        told = [(await scene.house.knock(HOME, OWNER, WRONG, device=token)).status_code for _ in range(12)]
        assert told[-1] == 429, "its network spends its budget"


async def test_a_token_opens_nothing_by_itself(tmp_path: Path) -> None:
    """The password is asked for as ever, and the answer to a wrong one is the same."""
    async with Scene(tmp_path) as scene:
        device = await device_of(scene)
        assert await scene.guess(device=device) == await scene.guess() == (401, "sign-in-failed")


async def test_a_browser_keeps_it_where_no_script_reads_it(tmp_path: Path) -> None:
    """A cookie for this host alone, over HTTPS alone; other clients get a member of the answer, and no cookie."""
    async with Scene(tmp_path) as scene:
        body = {"name": OWNER, "password": PASSWORD}
        here = scene.house.client
        browser = await here.post("/auth/sign-in", json=body, headers={"sec-fetch-site": "same-origin"})
        assert browser.json()["device"] is None
        (field,) = browser.headers.get_list("set-cookie")
        name, _, rest = field.partition("=")
        token, *attributes = rest.split("; ")
        assert name == COOKIE
        assert set(attributes) == {"Path=/", f"Max-Age={LIFETIME}", "Secure", "HttpOnly", "SameSite=Lax"}
        program = await here.post("/auth/sign-in", json=body)
        assert "set-cookie" not in program.headers
        assert program.json()["device"] not in (None, token)
        await scene.guess_slowly(BEFORE_CODE)
        back = await here.post("/auth/sign-in", json=body, headers={"cookie": f"{COOKIE}={token}"})
        assert back.status_code == 200


async def test_the_owner_is_told_of_a_device_that_was_not_known(tmp_path: Path) -> None:
    """Of the second and not of the first, which comes with the account; and of none twice."""
    async with Scene(tmp_path) as scene:
        for _ in range(2):
            device = await device_of(scene)
            assert await tries(scene, device) == 200
        await scene.deliver()
        assert [letter.kind for letter in scene.mailer.letters] == ["new-device"]


class Boundless(KnownDevices):
    """Looks every token up, however often it comes."""

    def is_worth_a_look(self, token: str, network: str) -> bool:
        return True


@pytest.mark.asvs("6.3.1")
async def test_a_stranger_with_a_device_of_his_own_keeps_nobody_out(tmp_path: Path) -> None:
    """A hundred at once with one token, which is genuine: ten are looked up, and the owner comes in."""

    async def attack(scene: Scene) -> bool:
        assert (await scene.house.register(MALLORY)).status_code == 201
        owner, own = await device_of(scene), await device_of(scene, MALLORY)
        before = scene.hashes
        flood = [asyncio.create_task(scene.house.knock(HOME, MALLORY, PASSWORD, device=own)) for _ in range(100)]
        await asyncio.sleep(0)
        owned = await tries(scene, owner)
        await asyncio.gather(*flood)
        return owned != 200 or scene.hashes - before > 25

    async with Scene(tmp_path / "whole") as whole, Scene(tmp_path / "twin") as twin:
        known = twin.house.accounts.opened().sign_in._attempts._known
        assert known is not None
        known.__class__ = Boundless
        await two_sided_async(attack, whole=whole, twin=twin)


async def test_who_knocks_too_often_with_a_device_is_a_stranger_for_a_minute(tmp_path: Path) -> None:
    """Refused by the budget of its network, and known again afterwards."""
    async with Scene(tmp_path) as scene:
        device = await device_of(scene)
        told = [(await scene.house.knock(HOME, OWNER, PASSWORD, device=device)).status_code for _ in range(25)]
        assert told[:10] == [200] * 10
        assert told[-1] == 429
        scene.clock.advance(61)
        assert (await scene.house.knock(HOME, OWNER, PASSWORD, device=device)).status_code == 200
