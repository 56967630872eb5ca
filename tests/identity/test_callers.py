"""Why a token is not good is told to the event log, and to nobody else."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

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


def _reasons(caplog: pytest.LogCaptureFixture) -> list[str]:
    lines: list[dict[str, Any]] = [json.loads(record.getMessage()) for record in caplog.records]
    return [line["reason"] for line in lines if line["event"] == "authn_token_invalid" and "reason" in line]


async def _told(folder: Path, caplog: pytest.LogCaptureFixture, *changes: dict[str, object]) -> list[str]:
    """The reasons in the log, once a token with each of the changed claims was presented."""
    async with House(accounts(settings(folder))) as house:
        key = house.accounts.opened().ring.current
        caplog.clear()
        for change in changes:
            assert await house.accounts.authenticate(written(_claims(**change), key=key)) is None
    return _reasons(caplog)


async def test_the_log_says_why_a_token_is_not_good(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Each reason as the check gave it; a good token leaves no line."""
    caplog.set_level(logging.INFO, "buckler.events")
    over = {"iat": 1, "exp": 2}
    found = await _told(tmp_path, caplog, {"iss": CANARY}, {"aud": CANARY}, over, {"sub": 1})
    assert found == ["iss is not ours", "aud does not name us", "it is over", "sub is not a text"]
    async with House(accounts(settings(tmp_path))) as house:
        caplog.clear()
        key = house.accounts.opened().ring.current
        assert await house.accounts.authenticate(written(_claims(), key=key)) is not None
    assert _reasons(caplog) == []


async def test_a_reason_shows_nothing_of_the_token(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever a stranger, or whoever holds our key, wrote into it and wherever."""
    caplog.set_level(logging.INFO, "buckler.events")
    odd: list[object] = [CANARY, [CANARY], {CANARY: CANARY}, [CANARY, 1], None, 7]
    changes = [{name: value} for name in _claims() for value in odd if name not in ("sub", "jti", "client_id", "name")]
    async with House(accounts(settings(tmp_path))) as house:
        key = house.accounts.opened().ring.current
        caplog.clear()
        tokens = [written(_claims(**change), key=key) for change in changes]
        tokens += [CANARY.encode(), written(CANARY.encode(), key=key), written(_claims(), {CANARY: CANARY})]
        tokens += [written(_claims(), key=SigningKey.generate()), b"A" * 8000 + CANARY.encode() * 100]
        for token in tokens:
            await house.accounts.authenticate(token)
    assert len(_reasons(caplog)) > 20
    assert CANARY not in caplog.text


async def test_a_token_that_was_ended_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """In the log; the answer is the same as for any other."""
    caplog.set_level(logging.INFO, "buckler.events")
    async with House(accounts(settings(tmp_path))) as house:
        await house.register()
        token = await house.token()
        await house.post("/auth/logout", token)
        caplog.clear()
        assert (await house.get("/auth/me", token)).status_code == 401
    assert "it was revoked" in _reasons(caplog)
