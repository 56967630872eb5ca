"""The OAuth2 password form is read strictly and answers as RFC 6749 says."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.identity.house import PASSWORD, WRONG, House, accounts, settings

FORM = {"grant_type": "password", "username": "alice", "password": PASSWORD}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A house in which alice has an account."""
    async with House(accounts(settings(tmp_path))) as made:
        await made.register()
        yield made


async def test_the_docs_page_can_authorize(house: House) -> None:
    """What the Authorize button sends, empty Basic header and all, gives a token that works."""
    form = FORM | {"scope": "", "client_id": "", "client_secret": ""}
    headers = {"Authorization": "Basic Og==", "X-Requested-With": "XMLHttpRequest"}
    answer = await house.client.post("/auth/token", data=form, headers=headers)
    assert answer.status_code == 200
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    body = answer.json()
    assert (body["token_type"], body["expires_in"], "scope" in body) == ("bearer", 600, False)
    assert (await house.get("/auth/me", body["access_token"])).status_code == 200


@pytest.mark.parametrize(
    ("asked", "status", "granted"),
    [
        ("reports:read", 200, ["reports:read"]),
        ("reports:read admin *", 200, ["reports:read"]),
        ("admin", 400, []),
        ("*", 400, []),
        ('a"b', 400, []),
        ("a  b", 400, []),
        ("x" * 2000, 400, []),
    ],
)
async def test_a_scope_never_gives_more_than_the_account_has(
    house: House, asked: str, status: int, granted: list[str]
) -> None:
    """What the account has not is left out, and what is left is said; nothing left is `invalid_scope`."""
    answer = await house.client.post("/auth/token", data=FORM | {"scope": asked})
    assert answer.status_code == status
    if status == 400:
        assert answer.json()["error"] == "invalid_scope"
        return
    assert answer.json()["scope"].split() == granted
    assert (await house.get("/auth/me", answer.json()["access_token"])).json()["permissions"] == granted


async def test_a_password_that_was_right_for_nothing_is_told(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """A scope of which the account has nothing shows that the password was right, and gives no token: no silent try."""
    caplog.set_level("INFO", "buckler.events")
    answer = await house.client.post("/auth/token", data=FORM | {"scope": "nothing:such"})
    assert answer.status_code == 400
    lines = [each.getMessage() for each in caplog.records if "authn_login_fail" in each.getMessage()]
    assert ['"reason":"scope"' in line for line in lines] == [True]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", "invalid_request"),
        (b"grant_type=password", "invalid_request"),
        (b"grant_type=password&username=alice", "invalid_request"),
        (b"grant_type=client_credentials&username=alice&password=x", "unsupported_grant_type"),
        (b"grant_type=password&username=alice&username=bob&password=x", "invalid_request"),
        (b"grant_type=password&username=alice&password=" + b"x" * 257, "invalid_request"),
        (b"grant_type=password&username=alice&password=%ff", "form-malformed"),
        (b"grant_type=password&username=alice&password=%ed%a0%80", "form-malformed"),
        (b"grant_type=password&username=alice&password=\xff", "form-malformed"),
        (b"grant_type=password&username=alice&password=x" + b"&a=1" * 30, "invalid_request"),
    ],
)
async def test_a_malformed_form_is_refused_without_hashing(house: House, body: bytes, error: str) -> None:
    """Missing, repeated, too long, too many, not UTF-8: 400, and no hash is made."""
    begun = house.accounts._workbench.begun
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = await house.client.post("/auth/token", content=body, headers=headers)
    told = answer.json()
    # What is no UTF-8 never comes as far as the route.
    assert (answer.status_code, told.get("error") or told["type"].rpartition(":")[2]) == (400, error)
    assert house.accounts._workbench.begun == begun


@pytest.mark.parametrize("media_type", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
async def test_only_a_form_is_taken(house: House, media_type: str) -> None:
    """Any other media type is refused: a page of another origin can send those without being asked."""
    answer = await house.client.post("/auth/token", content=b"{}", headers={"content-type": media_type})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_failed_sign_in_is_the_same_for_all(house: House) -> None:
    """Unknown name, name that cannot be, wrong password, NUL: the same bytes."""
    answers = [
        await house.client.post("/auth/token", data=FORM | {"username": name, "password": password})
        for name, password in (("alice", WRONG), ("nobody", PASSWORD), ("a\x00b", WRONG), ("alice", "\x00"))
    ]
    assert {answer.status_code for answer in answers} == {400}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["error"] == "invalid_grant"


async def test_the_form_is_absent_unless_it_is_named(tmp_path: Path) -> None:
    """Without the setting there is no such route."""
    async with House(accounts(settings(tmp_path, password_form=False))) as house:
        assert (await house.client.post("/auth/token", data=FORM)).status_code == 404
