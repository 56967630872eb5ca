"""Addresses of this machine, a new one for each who is staged; apart from those that attacks take for strangers."""

from ipaddress import IPv4Address
from itertools import count
from typing import Final

_FIRST: Final = IPv4Address("127.16.0.1")
_MOST: Final = 1 << 20


class Addresses:
    """Hands them out; after a million the first one comes again."""

    def __init__(self) -> None:
        self._numbers = count()

    def fresh(self) -> str:
        """The next one."""
        return str(_FIRST + next(self._numbers) % _MOST)
