"""Why a token is not good is told to the event log, and to nobody else."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from buckler.access.callers.authenticator import NotAccepted
from buckler.tokens.keys import SigningKey
from tests.clocks import FakeClock
from tests.identity.house import House, accounts, settings
from tests.tokens.forge import written

CANARY = "canary-8130"


def _claims(**changes: object) -> dict[str, object]:
    """Claims that every check of the house would pass, with a canary in each text that a stranger may choose."""
    members: dict[str, object] = {
        "iss": "http://localhost",
        "aud": "http://localhost",
        "sub": CANARY,
        "jti": CANARY,
        "client_id": CANARY,
        "name": CANARY,
        "roles": [CANARY],
        "scope": CANARY,
        "iat": int(FakeClock().now()),
        "exp": int(FakeClock().now()) + 600,
    }
    return {name: value for name, value in (members | changes).items() if value is not None}


async def _reason(house: House, token: bytes) -> str | None:
    """Why a token is not good; None for a good one."""
    try:
        assert await house.accounts.authenticate(token) is not None
    except NotAccepted as error:
        return error.reason
    return None


def _reasons(caplog: pytest.LogCaptureFixture) -> list[str]:
    lines: list[dict[str, Any]] = [json.loads(record.getMessage()) for record in caplog.records]
    return [line["reason"] for line in lines if line["event"] == "authn_token_invalid"]


async def test_each_check_says_why_a_token_is_not_good(tmp_path: Path) -> None:
    """A good one gives no reason."""
    changes: list[dict[str, object]] = [{"iss": CANARY}, {"aud": CANARY}, {"iat": 1, "exp": 2}, {"sub": 1}, {}]
    async with House(accounts(settings(tmp_path))) as house:
        key = house.accounts.opened().ring.current
        found = [await _reason(house, written(_claims(**change), key=key)) for change in changes]
    assert found == ["iss is not ours", "aud does not name us", "it is over", "sub is not a text", None]


async def test_a_reason_shows_nothing_of_the_token(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever a stranger, or whoever holds our key, wrote into it and wherever."""
    caplog.set_level(logging.INFO, "buckler.events")
    odd: list[object] = [CANARY, [CANARY], {CANARY: CANARY}, [CANARY, 1], None, 7]
    changes = [{name: value} for name in _claims() for value in odd if name not in ("sub", "jti", "client_id", "name")]
    async with House(accounts(settings(tmp_path))) as house:
        key = house.accounts.opened().ring.current
        tokens = [written(_claims(**change), key=key) for change in changes]
        tokens += [CANARY.encode(), written(CANARY.encode(), key=key), written(_claims(), {CANARY: CANARY})]
        tokens += [written(_claims(), key=SigningKey.generate()), b"A" * 8000 + CANARY.encode() * 100]
        found = [await _reason(house, token) for token in tokens]
    reasons = [reason for reason in found if reason is not None]
    assert len(reasons) > 20
    assert CANARY not in caplog.text + "".join(reasons)


async def test_a_bad_token_is_one_event_and_tells_its_reason(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """In the line of the refusal, with the request; the answer is the same as for any other."""
    caplog.set_level(logging.INFO, "buckler.events")
    async with House(accounts(settings(tmp_path))) as house:
        await house.register()
        token = await house.token()
        await house.post("/auth/logout", token)
        caplog.clear()
        assert (await house.get("/auth/me", token)).status_code == 401
    assert _reasons(caplog) == ["it was revoked"]
    assert caplog.text.count("authn_token_invalid") == 1


async def test_a_token_is_known_from_the_moment_it_is_issued(tmp_path: Path) -> None:
    """Its first use needs no check, so a stranger who spends the budget of failed checks holds nobody up."""
    async with House(accounts(settings(tmp_path))) as house:
        await house.register()
        assert house.accounts.recall((await house.token()).encode()) is not None
