"""Throttle: guessing is slow, and no stranger can lock anybody out (ASVS 6.3.1; NIST SP 800-63B-4 section 3.2.2).

1. By network (an IPv4 address, the /64 of an IPv6 one): 10 attempts a minute. Nothing clears this budget.
2. By name, whether it has an account or not: 5 wrong passwords are free. Then each one makes the next wait
   longer, from 5 seconds up to a minute. From the 10th on a code is demanded, which is mailed to the
   owner; no password is hashed without it. A day after the last one the name is free again.
3. By all names together: 300 wrong passwords a minute. Whoever guesses once at each of a million names
   stays below every other budget, so while this one is spent the code is demanded from the 3rd on. It
   never refuses anybody by itself.
4. By account, however slowly they come: after 50 wrong passwords in a row from strangers a right one is
   answered like a wrong one, unless the mailed code comes with it. With the three guesses that each of
   at most sixteen known devices has these are 98, below the 100 that NIST allows.

Whoever has to wait is told at once, with 429 and `Retry-After`; nobody sleeps here. Known devices
(`known_devices.py`) meet none of this. Where no letter leaves, or names are no addresses, there are waits
of a minute in the place of the code, for every name alike; an owner who has an address gets a code all the
same, and does not wait with it.

Caveat: the first and third budget are counted in each process. Whoever shares a network shares its budget.
"""

from dataclasses import dataclass
from typing import Final, Literal

from buckler.clock import Clock
from buckler.defence import Defence
from buckler.edge.counting import counter_of
from buckler.edge.rates import Rate
from buckler.errors import BucklerError

FREE: Final = 5
"""Wrong passwords for one name that nobody has to wait after."""
BEFORE_CODE: Final = 10
BEFORE_CODE_UNDER_ATTACK: Final = 3
MOST_IN_A_ROW: Final = 50
LONGEST_WAIT: Final = 60
FORGET: Final = 86_400
"""Seconds after the last wrong password for a name."""
_FIRST_WAIT: Final = 5
_NETWORK: Final = Rate(10, 60)
_OVERALL: Final = Rate(300, 60)
_ALL: Final = "all"


class Throttled(BucklerError):
    """Too many wrong passwords came; try again in `wait` seconds."""

    def __init__(self, wait: float) -> None:
        super().__init__("Too many failed sign-ins.")
        self.wait = wait


class CodeRequired(BucklerError):
    """Name and password are not enough now: the code that was mailed is needed too."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody who is no known device meets at a name: nothing, a wait of so many seconds, or the code."""

    kind: Literal["free", "wait", "code"]
    wait: int = 0
    offers_code: bool = False
    """Whether a code is mailed to the owner, where there is one: with it nobody waits."""


_FREE: Final = Standing("free")
_CODE: Final = Standing("code", offers_code=True)


class Throttle(Defence):
    """Says who may try a password now. What is kept by name stands in `guesses.py`."""

    name = "throttle"

    def __init__(self, clock: Clock) -> None:
        self._networks = counter_of(_NETWORK, clock)
        self._overall = counter_of(_OVERALL, clock)

    def admit(self, network: str) -> None:
        """Count an attempt of a network. Raises `Throttled`."""
        wait = self._networks.hit(network)
        if wait > 0:
            raise Throttled(wait)

    def judge(self, failures: int, since: int, *, mails: bool) -> Standing:
        """What a name meets after so many failures, the last one `since` seconds ago.

        `mails`: whether a code can be demanded of every name.
        """
        if failures >= self._before_code:
            return _CODE if mails else _waiting(LONGEST_WAIT, since, offers_code=True)
        if failures < FREE:
            return _FREE
        return _waiting(min(_FIRST_WAIT << (failures - FREE), LONGEST_WAIT), since)

    def note_failure(self) -> None:
        """A password was wrong."""
        self._overall.hit(_ALL)

    @property
    def _before_code(self) -> int:
        return BEFORE_CODE_UNDER_ATTACK if self._overall.look(_ALL)[0] > 0 else BEFORE_CODE


def _waiting(wait: int, since: int, *, offers_code: bool = False) -> Standing:
    # A clock that was set back must not make a wait longer than it ever was.
    left = wait - max(since, 0)
    return Standing("wait", left, offers_code) if left > 0 else _FREE
