"""Sends requests to one target: each is counted, and none is waited for longer than there is time."""

import asyncio
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Final
from urllib.parse import urlsplit

from buckler.drill.budget import Budget
from buckler.drill.transport.answer import NOTHING, Answer
from buckler.drill.transport.carrier import Carrier
from buckler.drill.transport.request import Request
from buckler.drill.transport.this_machine import has_many_addresses, is_this_machine

_WITHIN: Final = 10.0
"""Seconds for one answer."""
_SILENT: Final = 2
_IMPATIENT: Final = 1.0
"""Seconds for one answer of a route that so many times gave none in its time."""
_LONGEST_WAIT: Final = 5.0
"""Seconds. A target by URL that asks for more patience is told as untested."""
_ADDRESSES: Final = count(2)


@dataclass(slots=True)
class Sender:
    """What carries requests, and how many of them, for how long."""

    carrier: Carrier
    budget: Budget
    within: float = _WITHIN
    _silent: Counter[str] = field(default_factory=Counter[str], init=False)

    @property
    def origin(self) -> str:
        """Scheme and authority that links to the target begin with."""
        return self.carrier.origin

    @property
    def is_near(self) -> bool:
        """Whether the target runs in this process, or on this machine: then it can reach a listener of ours."""
        return self.carrier.in_process or is_this_machine(self._host)

    @property
    def has_addresses(self) -> bool:
        """Whether each caller comes from an address of its own: in process, and to a server on this machine."""
        return self.carrier.in_process or has_many_addresses(self._host)

    @contextmanager
    def spending(self, share: Budget) -> Generator[None]:
        """For the block this share of the budget bounds what is sent. What it spent is taken from the whole."""
        whole, self.budget = self.budget, share
        share.begin()
        try:
            yield
        finally:
            whole.spent += share.spent
            self.budget = whole

    async def send(self, request: Request, address: str, route: str = "") -> Answer:
        """The answer to a request from an address, which goes to the route of this key. Raises `BudgetSpent`."""
        self.budget.take()
        # Who never answers is not waited for as long again: the time is that of all others too.
        patience = self.within if self._silent[route] < _SILENT else _IMPATIENT
        within = min(patience, self.budget.left + 1)
        answer = await self.carrier.carry(request, address=address, within=within)
        if route and answer.status == NOTHING and answer.seconds >= within:
            self._silent[route] += 1
        return answer

    async def send_again(self, request: Request, address: str, route: str, limited: Answer) -> Answer:
        """The answer to a request that was sent too often: from another address, or after a short while.

        It is the same answer where neither can be had. Raises `BudgetSpent`.
        """
        if self.has_addresses:
            return await self.send(request, fresh_address(), route)
        wait = limited.header("retry-after") or ""
        if wait.isdigit() and int(wait) <= min(_LONGEST_WAIT, self.budget.left):
            await asyncio.sleep(int(wait))
            return await self.send(request, address, route)
        return limited

    @property
    def _host(self) -> str:
        return urlsplit(self.origin).hostname or ""


def fresh_address() -> str:
    """An address of this machine that nobody used yet; to a target elsewhere it changes nothing."""
    number = next(_ADDRESSES)
    return f"127.{64 + (number >> 16) % 64}.{(number >> 8) % 256}.{number % 256}"
