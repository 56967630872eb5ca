"""Verifiers of foreign tokens as tests need them: the whole, and twins with one check left out."""

import logging
from collections.abc import Iterable
from typing import Any

from buckler import Issuer, Principal, Roles
from buckler.access.callers.authenticator import NotAccepted
from buckler.events import EventLog
from buckler.oauth.foreign_callers import ForeignCallers, issuer_defences
from tests.clocks import FakeClock
from tests.oauth.provider import NOW

logging.getLogger("buckler.events").setLevel(logging.INFO)


def whole(*issuers: Issuer, clock: FakeClock | None = None, roles: Roles | None = None, **given: Any) -> ForeignCallers:
    return twin((), *issuers, clock=clock, roles=roles, **given)


def twin(
    without: str | Iterable[str],
    *issuers: Issuer,
    clock: FakeClock | None = None,
    roles: Roles | None = None,
    **given: Any,
) -> ForeignCallers:
    """The same with the named checks left out."""
    left_out = {without} if isinstance(without, str) else {*without}
    kept = [each for each in issuer_defences() if each.name not in left_out]
    assert len(kept) + len(left_out) == len(issuer_defences())
    clock = clock or FakeClock(float(NOW))
    return ForeignCallers(issuers, roles, clock, EventLog(clock), kept, **given)


async def accepted(callers: ForeignCallers, token: bytes) -> bool:
    """Whether the token passes."""
    try:
        return isinstance(await callers.authenticate(token), Principal)
    except NotAccepted:
        return False


async def told(callers: ForeignCallers, token: bytes) -> str:
    """Why it does not pass; empty where it does."""
    try:
        await callers.authenticate(token)
    except NotAccepted as error:
        return error.reason
    return ""
