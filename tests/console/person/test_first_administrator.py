"""The first administrator, made in a browser on the machine itself."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.console.visit import ADA, PASSWORD, ConsoleHouse, Visitor

FIRST, SIGN_IN = "/console/first-administrator", "/console/sign-in"
HERE = "127.0.0.1"


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[ConsoleHouse]:
    """One that nobody administrates, for each test."""
    async with ConsoleHouse(tmp_path) as made:
        yield made


async def _claim(visitor: Visitor, code: str, name: str = ADA, password: str = PASSWORD) -> tuple[int, str]:
    page = await visitor.send(await visitor.get(FIRST), FIRST, code=code, name=name, password=password)
    assert code not in page.answer.text
    assert password not in page.answer.text
    assert code not in str(page.answer.url)
    return page.status, page.words


async def test_whoever_sits_at_the_machine_is_led_there_and_becomes_the_first(house: ConsoleHouse) -> None:
    """With the printed code; afterwards nobody is led there any more."""
    here = house.visitor(HERE)
    page = await here.get(f"{SIGN_IN}?to=/console")
    assert page.path == FIRST
    code = house.accounts.first_administrator_code
    assert code is not None
    status, words = await _claim(here, f" {code} ")
    assert status == 200
    assert "The first administrator is made." in words
    home = await here.sign_in()
    assert "admin" in home.words
    assert (await house.visitor(HERE).get(f"{SIGN_IN}?to=/console")).path == f"{SIGN_IN}?to=/console"


async def test_whoever_has_an_account_already_may_sign_in(house: ConsoleHouse) -> None:
    """The form leads there, and nobody is led back."""
    page = await house.visitor(HERE).get(FIRST)
    assert SIGN_IN in page.links
    assert (await house.visitor(HERE).get(SIGN_IN)).path == SIGN_IN


async def test_a_wrong_code_a_used_one_and_one_that_is_over_read_the_same(house: ConsoleHouse) -> None:
    """As the API answers one sentence to all of them."""
    code = house.accounts.first_administrator_code
    assert code is not None
    here = house.visitor(HERE)
    wrong = await _claim(here, "0" * 22)
    house.clock.advance(1801)
    over = await _claim(here, code)
    assert wrong == over
    assert wrong[0] == 403
    assert "This code is not good here" in wrong[1]


async def test_a_weak_password_costs_no_code(house: ConsoleHouse) -> None:
    """Name and code stand there again; the reason stands beside the password, of which nothing does."""
    code = house.accounts.first_administrator_code
    assert code is not None
    here = house.visitor(HERE)
    page = await here.send(await here.get(FIRST), FIRST, code=code, name=ADA, password="short")
    assert page.status == 422
    assert (page.value("name"), page.value("code"), page.value("password")) == (ADA, code, "")
    assert page.answer.headers["cache-control"] == "no-store"
    described = {
        said["id"]: said.get("aria-describedby") for tag, said in page.attributes if tag == "input" and said.get("id")
    }
    assert described["password"] == "password-hint password-wrong"
    capitals = {said.get("autocapitalize") for tag, said in page.attributes if said.get("id") == "code"}
    assert capitals == {"none"}  # small letters are others than capitals here
    assert (await here.send(page, FIRST, password=PASSWORD)).status == 200


async def test_two_mistakes_are_told_at_once(house: ConsoleHouse) -> None:
    """A wrong code and a weak password; the code is typed anew."""
    page = await house.visitor(HERE).get(FIRST)
    page = await house.visitor(HERE).send(page, FIRST, code="0" * 22, name=ADA, password="short")
    assert page.status == 403
    assert {"#code", "#password"} <= {*page.links}
    assert page.value("code") == ""
    assert page.words.count("you are not at the machine that printed it") == 1  # beside the field, in the summary not


async def test_once_somebody_administrates_the_page_leads_on_at_the_machine(house: ConsoleHouse) -> None:
    """From elsewhere it is the same as before."""
    code = house.accounts.first_administrator_code
    assert code is not None
    here = house.visitor(HERE)
    await _claim(here, code)
    assert (await here.get(FIRST)).path == SIGN_IN
    await here.sign_in()
    assert (await here.get(FIRST)).path == "/console"
    assert (await house.visitor("203.0.113.9").get(FIRST)).path == FIRST


@pytest.mark.parametrize("name", ["Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP"])
async def test_whoever_comes_through_a_proxy_does_not_sit_here(house: ConsoleHouse, name: str) -> None:
    """One on this machine that nobody named makes everybody look like that: it is not led there, and cannot claim."""
    through = house.visitor(HERE)
    through.client.headers[name] = "203.0.113.9"
    assert (await through.get(f"{SIGN_IN}?to=/console")).path == f"{SIGN_IN}?to=/console"
    code = house.accounts.first_administrator_code
    assert code is not None
    assert (await _claim(through, code))[0] == 403
    assert (await _claim(house.visitor(HERE), code))[0] == 200
