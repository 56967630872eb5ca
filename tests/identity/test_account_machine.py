"""Accounts in any order of what can happen to them: no dead credential is let in, and no living one refused.

Hypothesis picks the order: registering, signing in, refreshing with tokens of any age, replays, changed and
forgotten passwords, disabling, roles, endings of every kind, time, restarts, and backups put back. After each step
every access token that was ever issued is shown to the guard, and at the end every refresh token and password that
ought to be good.

Each twin has one defence less, and the machine finds out.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partialmethod
from inspect import getmembers
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RULE_MARKER, precondition, rule, run_state_machine_as_test
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.asgi import Exchange
from buckler.identity.account_store import Account, AccountStore
from buckler.identity.administration.administration import Administration
from buckler.identity.sessions.revocation_feed import RevocationFeed
from buckler.identity.sessions.session_secrets import Presented
from buckler.identity.sessions.sessions import Sessions
from buckler.principal import Principal
from buckler.tokens.checks import LifetimeCheck
from buckler.tokens.revocation import Revocations
from tests.identity.account_machine import AccountMachine, some
from tests.identity.account_world import MODE, Twin, World
from tests.identity.office import Mild

RUN = settings(
    max_examples=12,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
"""Without shrinking: it takes minutes. Add `Phase.shrink` to look for the shortest way to a failure."""


def test_in_any_order_no_dead_credential_is_let_in_and_no_living_one_refused() -> None:
    """Twelve lives of twenty-five steps each, the same ones in every run."""
    run_state_machine_as_test(AccountMachine, settings=RUN)


def test_every_way_in_is_among_them() -> None:
    """Codes and changed passwords too: a route that the machine does not find would be one that it does not try."""
    world = World(Twin())
    try:
        assert MODE == "verified"
        for path in ("/auth/confirm", "/auth/reset", "/auth/reset/confirm", "/auth/me/password"):
            assert world.has(path), path
    finally:
        world.end()


class RestartingMachine(AccountMachine):
    """The same, with a step that leads straight to what a restart forgets: by chance alone that takes many lives."""

    @precondition(lambda self: self.model.accesses)
    @rule(which=some)
    def log_out_and_restart(self, which: int) -> None:
        self.log_out(which, everywhere=False)
        self.turn("restart")


class EndlessSessions(Sessions):
    """Refuses a replay, and lets the thief keep what came from it."""

    async def _end(self, connection: AsyncConnection, session_id: str, reason: str) -> bool:
        return True


class HastySessions(Sessions):
    """Takes the second of two tabs for a thief."""

    async def _turn(
        self, connection: AsyncConnection, token: Presented, successors: Sequence[Presented], now: int
    ) -> Any:
        turn = await super()._turn(connection, token, successors, now)
        return replace(turn, successor=None) if turn.again else turn


class BroadSessions(Sessions):
    """Ends every session of an account where one was meant."""

    async def log_out(self, who: Principal, exchange: Exchange | None) -> None:
        await super().log_out(who, exchange)
        await self.end_all(None, who.id, "logout", exchange)


class LazyFeed(RevocationFeed):
    """Keeps a removed right in the account alone."""

    async def outdate(self, connection: AsyncConnection, account_id: str) -> int:
        return 0


class BlindStore(AccountStore):
    """Never sees that an account is disabled."""

    async def find(self, name: str) -> Account | None:
        return _opened(await super().find(name))

    async def of_id(self, connection: AsyncConnection, account_id: str) -> Account | None:
        return _opened(await super().of_id(connection, account_id))


def _opened(account: Account | None) -> Account | None:
    return None if account is None else replace(account, disabled_at=None)


TWINS: dict[str, tuple[Twin, str, tuple[str, ...]]] = {
    "nothing is remembered of what ended": (Twin(without=Revocations), "dead access token", ("log_out",)),
    "a restart forgets what ended": (Twin(forgets=True), "dead access token", ("log_out_and_restart",)),
    "a token lives for ever": (Twin(without=LifetimeCheck), "dead access token", ("wait", "refresh")),
    "a backup is put back as it is": (Twin(plain_restore=True), "dead|401", ("turn", "refresh")),
    "a replay ends nothing": (Twin(become={Sessions: EndlessSessions}), "dead|401", ("refresh", "wait")),
    "two tabs are a thief": (Twin(become={Sessions: HastySessions}), "living", ("refresh_in_two_tabs",)),
    "one logout ends them all": (Twin(become={Sessions: BroadSessions}), "living", ("log_out",)),
    "disabling leaves tokens alive": (
        Twin(become={Administration: Mild}), "dead access token", ("disable_or_enable",),
    ),
    "a right that was taken stays in tokens": (
        Twin(become={RevocationFeed: LazyFeed}), "dead access token", ("give_or_take_a_role",),
    ),
    "a disabled account signs in": (
        Twin(become={AccountStore: BlindStore}), "dead password", ("disable_or_enable",),
    ),
}  # fmt: skip
"""What is left out, the words in which the machine says so, and the steps that it takes beside signing in."""


@pytest.mark.heavy_beyond(2)
@pytest.mark.parametrize("left_out", TWINS)
def test_the_machine_finds_what_is_left_out(left_out: str) -> None:
    """Lives of the steps that matter, in a world with one defence less, come to what must not be."""
    twin, words, steps = TWINS[left_out]
    spoilt = type("SpoiltMachine", (RestartingMachine,), {"twin": twin, **_no_rules(but={"sign_in", *steps})})
    # It ends with the first that is found; how soon that is depends on which modules a process has imported.
    with pytest.raises(AssertionError, match=words):
        run_state_machine_as_test(spoilt, settings=settings(RUN, max_examples=100, report_multiple_bugs=False))


def _no_rules(but: set[str]) -> dict[str, Any]:
    """Every other rule as a plain method, which no life takes by itself."""
    steps = {name: each for name, each in getmembers(RestartingMachine) if hasattr(each, RULE_MARKER)}
    return {name: partialmethod(_plainly, each) for name, each in steps.items() if name not in but}


def _plainly(machine: AccountMachine, step: Callable[..., None], *given: Any, **more: Any) -> None:
    step(machine, *given, **more)
