"""Making an account, in each mode of registration, and coming back without the password."""

from pathlib import Path

import pytest

from tests.console.visit import ADA, PASSWORD, ConsoleHouse

pytestmark = pytest.mark.asyncio(loop_scope="module")

REGISTER, CONFIRM, RESET = "/console/register", "/console/confirm", "/console/reset"
NEW = "quiet walrus mends the clock"


async def test_where_registration_is_open_an_account_is_made_at_once(house: ConsoleHouse) -> None:
    """And its name is taken from then on."""
    ada = house.visitor()
    page = await ada.send(await ada.get(REGISTER), REGISTER, name=ADA, password=PASSWORD)
    assert "Your account is ready." in page.words
    assert (await ada.sign_in()).path == "/console"
    other = house.visitor()
    page = await other.send(await other.get(REGISTER), REGISTER, name=ADA.upper(), password=PASSWORD)
    assert page.status == 409
    assert page.value("name") == ADA.upper()
    assert "Another account has this name" in page.words


async def test_what_cannot_be_taken_is_said_beside_its_field(house: ConsoleHouse) -> None:
    """With a summary that leads there."""
    bea = house.visitor()
    for name, password, field in (("bea", PASSWORD, "name"), ("bea@example.com", "short", "password")):
        page = await bea.send(await bea.get(REGISTER), REGISTER, name=name, password=password)
        assert page.status == 422
        assert page.answer.text.count("<title>Error: ") == 1
        assert f"#{field}" in page.links
        assert page.value("name") == name


async def test_where_addresses_are_proved_the_code_comes_first(tmp_path: Path) -> None:
    """And the page says the same for an address that has an account."""
    async with ConsoleHouse(tmp_path, registration="verified") as house:
        ada = house.visitor()
        page = await ada.send(await ada.get(REGISTER), REGISTER, name=ADA)
        assert page.path == f"{CONFIRM}?said=register-code"
        code = await house.code("confirm")
        weak = await ada.send(page, CONFIRM, code=code, password="short")
        assert weak.status == 422
        assert (weak.value("code"), weak.value("password")) == (code, "")  # a mistake in the password costs no code
        page = await ada.send(weak, CONFIRM, password=PASSWORD)
        assert "Your account is ready." in page.words
        assert (await ada.sign_in()).path == "/console"
        other = house.visitor()
        again = await other.send(await other.get(REGISTER), REGISTER, name=ADA)
        assert again.words == (await house.visitor().get(f"{CONFIRM}?said=register-code")).words
        used = await other.send(again, CONFIRM, code=code, password=NEW)
        assert used.status == 403
        assert "This code is not good" in used.words
        assert used.value("code") == ""


async def test_where_it_is_closed_the_page_says_so_and_takes_nothing(tmp_path: Path) -> None:
    """By invitation, with the way to the code."""
    async with ConsoleHouse(tmp_path, registration="closed") as house:
        page = await house.visitor().get(REGISTER)
        assert "by invitation" in page.words
        assert CONFIRM in page.links
        assert page.forms == []
        assert (await house.visitor().post(REGISTER, {"name": ADA, "password": PASSWORD})).status == 405


async def test_whoever_forgot_the_password_comes_back_with_a_code(house: ConsoleHouse) -> None:
    """The old password is dead, every session has ended, and nobody learns whether there is such an account."""
    thief = await house.person()
    ada = house.visitor(name=thief.name)
    page = await ada.send(await ada.get(RESET), RESET, name=ada.name)
    unknown = await ada.send(await ada.get(RESET), RESET, name="nobody@example.com")
    assert (page.path, page.words) == (unknown.path, unknown.words)
    assert "no second one is sent" in page.words
    code = await house.code("reset")
    page = await ada.send(page, f"{RESET}/confirm", code=code, password="short")
    assert page.value("code") == code
    page = await ada.send(page, f"{RESET}/confirm", password=NEW)
    assert "Your password has been changed" in page.words
    assert (await ada.sign_in()).status == 403
    assert (await ada.sign_in(password=NEW)).path == "/console"
    assert not await thief.is_in()


async def test_without_mail_nothing_promises_a_letter(tmp_path: Path) -> None:
    """The pages are not there, and nothing leads to them."""
    async with ConsoleHouse(tmp_path, mails=False) as house:
        page = await house.visitor().get("/console/sign-in")
        assert RESET not in page.links
        assert (await house.visitor().get(RESET)).status == 404
