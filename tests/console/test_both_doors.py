"""What one may try or have mailed has one budget, whether it is asked for by the console or by the API (ASVS 6.3.1)."""

import pytest

from tests.console.visit import PASSWORD, ConsoleHouse, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="module")

NEW = "quiet walrus mends the clock"
CODE = "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA"
PUBLIC = [
    ("register", "/auth/register", {"name": "x", "password": PASSWORD}, 5),
    ("confirm", "/auth/confirm", {"code": CODE, "password": NEW}, 10),
    ("reset", "/auth/reset", {"name": "nobody@example.com"}, 5),
    ("reset/confirm", "/auth/reset/confirm", {"code": CODE, "password": NEW}, 10),
    ("first-administrator", "/auth/first-administrator", {"code": CODE, "name": "x@example.com", "password": NEW}, 5),
]


async def _by_console(visitor: Visitor, path: str, fields: dict[str, str]) -> int:
    return (await visitor.client.post(f"/console/{path}", data=fields, follow_redirects=False)).status_code


async def _by_api(visitor: Visitor, path: str, fields: dict[str, str]) -> int:
    headers = {"accept": "application/json"}
    return (await visitor.client.post(path, json=fields, headers=headers)).status_code


@pytest.mark.parametrize(("page", "route", "fields", "most"), PUBLIC, ids=[each[0] for each in PUBLIC])
async def test_a_stranger_has_one_budget(
    house: ConsoleHouse, page: str, route: str, fields: dict[str, str], most: int
) -> None:
    """Whichever door is tried first."""
    one, other = house.visitor(), house.visitor()
    answers = [await _by_console(one, page, fields) for _ in range(most)]
    assert 429 not in answers
    assert await _by_api(one, route, fields) == 429
    answers = [await _by_api(other, route, fields) for _ in range(most)]
    assert 429 not in answers
    assert await _by_console(other, page, fields) == 429


async def test_letters_to_another_address_are_counted_together(house: ConsoleHouse) -> None:
    """Six an hour, whatever the password that came along."""
    ada = await house.person()
    token = (await ada.get("/console/profile/address")).value("csrf_token")
    assert token
    fields = {"password": "another otter plays the harp", "address": "new@example.com"}
    answers = [await _by_console(ada, "profile/address", {"csrf_token": token, **fields}) for _ in range(6)]
    assert 429 not in answers
    headers = {"accept": "application/json", "x-csrf-token": token}
    assert (await ada.client.post("/auth/me/address", json=fields, headers=headers)).status_code == 429


async def test_invitations_are_counted_together(house: ConsoleHouse) -> None:
    """Thirty a minute by the account that sends them."""
    ada = await house.owner("admin")
    entered = await ada.client.post(
        "/auth/token", data={"grant_type": "password", "username": ada.name, "password": PASSWORD},
        headers={"accept": "application/json"},
    )  # fmt: skip
    bearer = {"accept": "application/json", "authorization": f"Bearer {entered.json()['access_token']}"}
    answers = [
        (await ada.client.post("/auth/invitations", json={"name": "x"}, headers=bearer)).status_code for _ in range(30)
    ]
    assert 429 not in answers
    await ada.sign_in()
    page = await ada.get("/console/accounts/invite")
    fields = {**page.form("/console/accounts/invite").fields, "address": "y@example.com", "password": PASSWORD}
    assert await _by_console(ada, "accounts/invite", fields) == 429


async def test_a_bearer_token_opens_no_page(house: ConsoleHouse) -> None:
    """It is for the API, and may be of a foreign issuer, whose roles are not those that the console means."""
    ada = await house.owner("admin")
    entered = await ada.client.post(
        "/auth/token", data={"grant_type": "password", "username": ada.name, "password": PASSWORD},
        headers={"accept": "application/json"},
    )  # fmt: skip
    bearer = {"accept": "application/json", "authorization": f"Bearer {entered.json()['access_token']}"}
    assert (await ada.client.get("/auth/accounts", headers=bearer)).status_code == 200
    for path in ("/console", "/console/accounts", "/console/log", "/console/profile/export"):
        assert (await ada.client.get(path, headers=bearer)).status_code == 401, path
    sent = await ada.client.post("/console/sessions/end-all", data={}, headers=bearer)
    assert sent.status_code == 401
