"""While strangers guess, the code in the mailbox is the way in for its owner, and for nobody else."""

import asyncio
from pathlib import Path

import pytest

from buckler.identity.sign_in.throttle import BEFORE_CODE, FREE, MOST_IN_A_ROW, Throttle
from tests.identity.house import PASSWORD, WRONG
from tests.identity.scene import DAY, OWNER, Scene
from tests.proof import two_sided_async

MINUTE = 60


async def test_the_mailed_code_lets_the_owner_in_while_strangers_guess(tmp_path: Path) -> None:
    """From the tenth failure on nothing is hashed without it; with it the right password passes, and it works once."""
    async with Scene(tmp_path) as scene:
        await scene.guess_slowly(BEFORE_CODE)
        before = scene.hashes
        assert await scene.guess(password=PASSWORD) == (401, "code-required")
        assert scene.hashes == before
        code = await scene.code()
        assert await scene.guess(password=PASSWORD, code="AAAA-AAAA") == (401, "code-required")
        assert await scene.guess(password=WRONG, code=code) == (401, "sign-in-failed")
        assert await scene.guess(password=PASSWORD, code=code) == (401, "code-required")
        code = await scene.code()
        assert await scene.guess(password=PASSWORD, code=code) == (200, "")
        assert await scene.guess() == (401, "sign-in-failed")


async def test_a_code_of_another_account_is_worth_nothing(tmp_path: Path) -> None:
    """Whoever has a code for himself has none for others."""
    async with Scene(tmp_path) as scene:
        own = "mallory@example.com"
        await scene.house.register(own)
        for name in (OWNER, own):
            await scene.guess_slowly(BEFORE_CODE, name)
        assert await scene.guess(own) == (401, "code-required")
        code = await scene.code()
        assert scene.mailer.letters[-1].to == own
        assert await scene.guess(OWNER, PASSWORD, code=code) == (401, "code-required")
        assert await scene.guess(own, PASSWORD, code=code) == (200, "")


async def test_strangers_fill_no_mailbox_and_end_no_code(tmp_path: Path) -> None:
    """Asking every minute for an hour brings six letters; in its last second the newest of them is still good."""
    async with Scene(tmp_path) as scene:
        await scene.guess_slowly(BEFORE_CODE)
        for minute in range(60):
            assert await scene.guess() == (401, "code-required")
            if minute % 10 == 9:
                before = len(scene.mailer.letters)
                assert await scene.guess() == (401, "code-required")
                await scene.deliver()
                assert len(scene.mailer.letters) == before
            scene.clock.advance(MINUTE)
            await scene.deliver()
        assert [letter.kind for letter in scene.mailer.letters] == ["sign-in"] * 6
        scene.clock.advance(-1)
        assert await scene.guess(password=PASSWORD, code=await scene.code()) == (200, "")


async def test_many_at_once_have_one_letter_written(tmp_path: Path) -> None:
    """Whoever comes at the same moment finds no code yet, and still one is made."""
    async with Scene(tmp_path) as scene:
        await scene.guess_slowly(BEFORE_CODE)
        await asyncio.gather(*(scene.guess() for _ in range(10)))
        await scene.deliver()
        assert len(scene.mailer.letters) == 1


async def test_a_used_code_makes_room_for_the_next(tmp_path: Path) -> None:
    """Only whoever reads the mail can use one up, so that is no way to fill a mailbox."""
    async with Scene(tmp_path) as scene:
        await scene.guess_slowly(BEFORE_CODE)
        for _ in range(5):
            assert await scene.guess() == (401, "code-required")
            assert await scene.guess(code=await scene.code()) == (401, "sign-in-failed")
        assert len(scene.mailer.letters) == 5


@pytest.mark.asvs("6.3.1")
async def test_no_more_than_a_hundred_failures_in_a_row(tmp_path: Path) -> None:
    """Ten guesses a day for ten days stay below every other budget; then even the right one needs the code.

    The answer is that of a wrong password: nobody learns from it that the account exists.
    """

    async def attack(scene: Scene) -> bool:
        for _ in range(10):
            await scene.guess_slowly(FREE + 1)
            scene.clock.advance(DAY + 1)
        return (await scene.guess(password=PASSWORD))[0] == 200

    async with Scene(tmp_path / "whole") as whole, Scene(tmp_path / "twin", without=Throttle) as twin:
        await two_sided_async(attack, whole=whole, twin=twin)
        assert MOST_IN_A_ROW < 100
        whole.clock.advance(DAY + 1)
        assert await whole.guess() == (401, "sign-in-failed")
        assert await whole.guess(password=PASSWORD, code=await whole.code()) == (200, "")
        whole.clock.advance(DAY + 1)
        assert await whole.guess(password=PASSWORD) == (200, "")


async def test_the_password_form_tells_that_a_code_is_needed(tmp_path: Path) -> None:
    """It has no member for it, and says where one can be sent."""
    async with Scene(tmp_path) as scene:
        await scene.guess_slowly(BEFORE_CODE)
        form = {"grant_type": "password", "username": OWNER, "password": PASSWORD}
        answer = await scene.house.client.post("/auth/token", data=form)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
        assert "code" in answer.json()["error_description"]


async def test_notices_of_new_devices_fill_no_mailbox(tmp_path: Path) -> None:
    """Whoever opens an account with somebody else's address and signs in again and again: five letters an hour."""
    async with Scene(tmp_path) as scene:
        for _ in range(12):
            assert (await scene.guess(password=PASSWORD))[0] == 200
        await scene.deliver()
        assert [letter.kind for letter in scene.mailer.letters] == ["new-device"] * 5
