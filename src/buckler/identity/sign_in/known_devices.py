"""Known devices: what strangers do at a name never keeps its owner out (ASVS 6.3.1).

Every budget for guessing is a lock that strangers can close, if it holds for everybody. So whoever signed
in from a device before is let past all of them: by its token it is told from strangers before they are
counted, it has three guesses of its own, and places for hashing are kept free for it (`shedding.py`).

A stranger has devices too, of accounts of his own. So a token is worth a look ten times a minute, and those of one
network together 120 times; beyond that whoever shows one is a stranger like others. Counted in memory, before the
database is asked and before a place is taken.

The token is a cookie in a browser and the member `device` elsewhere. It opens nothing by itself.

Caveat: whoever shares a network with somebody who has a dozen accounts of his own may find its budget spent.
"""

from hashlib import sha256
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.clock import Clock
from buckler.defence import Defence
from buckler.edge.counting import counter_of
from buckler.edge.rates import Rate
from buckler.identity.sign_in.devices import LIFETIME, Device, Devices

COOKIE: Final = "__Host-buckler-device"
_EACH: Final = Rate(10, 60)
_NETWORK: Final = Rate(120, 60)
_COOKIE: Final = f"{COOKIE}=%s; Path=/; Max-Age={LIFETIME}; Secure; HttpOnly; SameSite=Lax"


class KnownDevices(Defence):
    """Tells known devices from strangers. Asks the rows of `devices.py`."""

    name = "known-devices"

    def __init__(self, clock: Clock) -> None:
        self._tokens = counter_of(_EACH, clock)
        self._networks = counter_of(_NETWORK, clock)

    def is_worth_a_look(self, token: str, network: str) -> bool:
        """Whether this token may be looked up once more."""
        return self._tokens.hit(sha256(token.encode()).hexdigest()) == 0 and self._networks.hit(network) == 0

    async def recognise(
        self, connection: AsyncConnection, devices: Devices, account_id: str, token: str
    ) -> Device | None:
        """The device, where the account knows it. Its attempt is counted as failed until it is complete."""
        return await devices.attempt(connection, account_id, token)


def cookie_of(token: str) -> str:
    """The field that gives a browser its token."""
    return _COOKIE % token
