"""What is done again and again until the process is killed. Each turn says what it begins, and what was answered.

Every one takes the way that a user or the operator takes: a route of the app, a command, or what the service itself
does in the background.
"""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from itertools import count, cycle
from typing import Any, Final

import buckler.cli.installation as at_the_machine
from buckler.cli import keys, secrets
from buckler.events.journal.batches import last_batch
from buckler.identity.administration.administration import OPERATOR
from tests.clocks import FakeClock
from tests.faults.place import MOVER, ROOT, START, Place
from tests.identity.house import PASSWORD
from tests.identity.post_house import PostHouse

Tell = Callable[..., None]
"""Says what, with its facts; once it has returned, whoever listens has it."""
DAY: Final = 86_400
ROLE_SETS: Final = (["desk"], ["granter", "reader"], [], ["reader"])


async def register(at: Place, tell: Tell) -> None:
    """Accounts are made."""
    async with at.house() as house:
        tell("ready")
        for number in count():
            tell("begun", name=f"walker-{number}")
            answer = await house.post("/auth/register", name=f"walker-{number}", password=PASSWORD)
            tell("answered", name=f"walker-{number}", id=_good(answer, 201)["id"])


async def refresh(at: Place, tell: Tell) -> None:
    """Somebody signs in and goes on three times; then a token comes a second time, and the session ends."""
    async with at.house() as house:
        tell("ready")
        while True:
            tell("begun", step="sign in")
            tokens = [_good(await house.post("/auth/sign-in", name=MOVER, password=PASSWORD), 200)["refresh_token"]]
            tell("answered", step="sign in", token=tokens[0])
            for _ in range(3):
                tell("begun", step="refresh")
                answer = await house.post("/auth/refresh", refresh_token=tokens[-1])
                tokens.append(_good(answer, 200)["refresh_token"])
                tell("answered", step="refresh", token=tokens[-1])
            tell("begun", step="replay")
            answer = await house.post("/auth/refresh", refresh_token=tokens[0])
            assert answer.status_code == 401, answer.text
            tell("answered", step="replay", token=tokens[0])


async def roles(at: Place, tell: Tell) -> None:
    """An administrator gives roles and takes them."""
    async with at.house() as house:
        mover, token = await at.mover(), await _token(house)
        tell("ready")
        for held in cycle(ROLE_SETS):
            tell("begun", roles=held)
            answer = await house.ask("PUT", f"/auth/accounts/{mover}/roles", token, json={"roles": held})
            tell("answered", roles=_good(answer, 200)["roles"])


async def sealing(at: Place, tell: Tell) -> None:
    """An account is disabled and enabled, and the log is chained."""
    async with at.house() as house:
        opened, mover = house.accounts.opened(), await at.mover()
        tell("ready")
        while True:
            for change in (opened.administration.disable, opened.administration.enable):
                tell("begun", change=change.__name__, now=house.clock.now())
                await change(OPERATOR, mover)
                tell("answered", change=change.__name__)
            house.clock.advance(61)
            tell("begun", change="seal", now=house.clock.now())
            await opened.keeper.tick()
            async with house.accounts._database.reading() as connection:
                tell("answered", change="seal", batch=(await last_batch(connection)).number)


async def sweeping(at: Place, tell: Tell) -> None:
    """Events grow old and go, and with them the events of an account that was erased."""
    async with at.house() as house:
        opened, database = house.accounts.opened(), house.accounts._database
        journal = opened.keeper._journal
        for turn in count():
            async with database.writing() as connection:
                for _ in range(8):
                    journal.keep(connection, "authn_login_success", account=f"gone-{turn}", amr=["pwd"])
                journal.keep(connection, "user_updated", account=f"gone-{turn}", by="operator", action="disable")
                journal.keep(connection, "user_deleted", account=f"gone-{turn}", by="operator")
            house.clock.advance(11)
            await opened.keeper._make_batch()
            if not turn:
                tell("ready")
            # Sign-ins are over after 90 days and changes after 730; what is about an erased account 30 days later.
            house.clock.advance((800 if turn % 2 else 40) * DAY)
            tell("begun", now=house.clock.now())
            await opened.keeper._retention.sweep()
            tell("answered", now=house.clock.now())


def rotation(at: Place, tell: Tell) -> None:
    """The operator makes a key, lets the one before go, and revokes one."""
    clock, gone = _clocked(), set[str]()
    tell("ready")
    while True:
        keys_of = [row[0] for row in at.rows("SELECT kid FROM signing_key ORDER BY signs_from, created_at")]
        live = [kid for kid in keys_of if kid not in gone]
        _told(tell, clock, "rotate", lambda: keys.rotate(None, at.data))
        clock.advance(400)  # the new one signs by now
        _told(tell, clock, "retire", lambda kid=live[-1]: keys.retire(kid, at.data), kid=live[-1])
        gone.update(live)
        clock.advance(400)
        newest = at.rows("SELECT kid FROM signing_key WHERE verifies_until IS NULL AND revoked_at IS NULL")[0][0]
        _told(tell, clock, "revoke", lambda kid=newest: keys.revoke(kid, at.data, yes=True), kid=newest)
        gone.add(newest)


def resealing(at: Place, tell: Tell) -> None:
    """The operator replaces the master secret."""
    clock = _clocked()
    secrets._PAUSE = 0
    tell("ready")
    while True:
        _told(tell, clock, "seal anew", lambda: secrets.rotate(at.data))
        _told(tell, clock, "drop old secrets", lambda: secrets.verify(at.data, drop_old=True))


def _told(tell: Tell, clock: FakeClock, action: str, step: Callable[[], object], **about: object) -> None:
    tell("begun", action=action, now=clock.now(), **about)
    with open(os.devnull, "w") as nothing, contextlib.redirect_stdout(nothing), contextlib.redirect_stderr(nothing):  # noqa: PTH123
        step()
    tell("answered", action=action, now=clock.now(), **about)


def _clocked() -> FakeClock:
    """The time at the machine, in our hands from now on."""
    clock = FakeClock(START)
    at_the_machine.SystemClock = lambda: clock  # type: ignore[assignment,misc,return-value]
    return clock


async def _token(house: PostHouse) -> str:
    answer = await house.post("/auth/sign-in", name=ROOT, password=PASSWORD)
    return str(_good(answer, 200)["access_token"])


def _good(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    return dict(answer.json())


def _awaited(deed: Callable[[Place, Tell], Awaitable[None]]) -> Callable[[Place, Tell], None]:
    async def awaited(at: Place, tell: Tell) -> None:
        await deed(at, tell)

    return lambda at, tell: asyncio.run(awaited(at, tell))


DEEDS: Final[dict[str, Callable[[Place, Tell], None]]] = {
    "register": _awaited(register),
    "refresh": _awaited(refresh),
    "roles": _awaited(roles),
    "rotation": rotation,
    "resealing": resealing,
    "sealing": _awaited(sealing),
    "sweeping": _awaited(sweeping),
}
