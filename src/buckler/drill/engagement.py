"""What an attack stands on: the target, the people, and what is known of both by now."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Final

from buckler.drill.budget import Budget
from buckler.drill.drafting.draft import slots_of
from buckler.drill.drafting.sample import Samples
from buckler.drill.memory import Memory
from buckler.drill.objects.pool import Pool
from buckler.drill.people.cast import Cast
from buckler.drill.people.harm import ends_a_caller
from buckler.drill.people.identity import ANONYMOUS, Identity
from buckler.drill.plan.declared import May
from buckler.drill.plan.route import Route, Slot
from buckler.drill.setting import Setting
from buckler.drill.transport.answer import NOTHING, Answer, Exchange
from buckler.drill.transport.carrier import Carrier
from buckler.drill.transport.request import Request
from buckler.drill.transport.secrets import Secrets

_WITHIN: Final = 10.0
"""Seconds for one answer."""
_SILENT: Final = 2
_IMPATIENT: Final = 1.0
"""Seconds for one answer of a route that so many times gave none in its time."""
_LONGEST_WAIT: Final = 5.0
"""Seconds. A target by URL that asks for more patience is told as untested."""
_ADDRESSES: Final = count(2)


@dataclass(slots=True)
class Engagement:
    """One drill of one target. Attacks ask here and nowhere else: everything is counted, learnt from and redacted."""

    carrier: Carrier
    setting: Setting
    cast: Cast
    budget: Budget
    secrets: Secrets = field(default_factory=Secrets)
    pool: Pool = field(default_factory=Pool)
    within: float = _WITHIN
    memory: Memory = field(default_factory=Memory)
    samples: Samples = field(init=False)
    _silent: Counter[str] = field(default_factory=Counter[str], init=False)
    _slots: dict[str, tuple[Slot, ...]] = field(default_factory=dict[str, tuple[Slot, ...]], init=False)

    def __post_init__(self) -> None:
        self.samples = Samples(self.setting.document.schemas)

    # ---- what there is

    @property
    def routes(self) -> tuple[Route, ...]:
        """Every route of the target."""
        return self.setting.document.routes

    @property
    def in_process(self) -> bool:
        """Whether the app runs here."""
        return self.carrier.in_process

    @property
    def has_addresses(self) -> bool:
        """Whether each caller comes from an address of its own: in process, and to a server on this machine."""
        return self.in_process or self.setting.on_loopback

    def slots(self, route: Route) -> tuple[Slot, ...]:
        """Every place for a value in a request to this route."""
        if route.key not in self._slots:
            self._slots[route.key] = slots_of(route, self.setting.document.schemas)
        return self._slots[route.key]

    def declared(self, route: Route, identity: Identity) -> May | None:
        """What the policy says this caller may here; None where there is no policy, or none of this route."""
        truth = self.setting.truth
        found = truth.routes.get(route.key) if truth is not None else None
        return None if found is None else found.may(identity.role)

    def may_send(self, method: str) -> bool:
        """Whether a request of this method may be sent to this target."""
        return self.setting.writes or method in ("GET", "HEAD", "OPTIONS")

    def ends_a_caller(self, route: Route) -> bool:
        """Whether a request to this route may take something from whoever sends it that it needs to go on."""
        return ends_a_caller(self.cast, route, self.slots(route))

    def leave_out(self) -> None:
        """Keep the routes that take what everybody has away from the attacks."""
        document = self.setting.document
        self.memory.left_out = tuple(each for each in document.routes if each.wipes)
        kept = tuple(each for each in document.routes if not each.wipes)
        self.setting = replace(self.setting, document=replace(document, routes=kept))

    # ---- asking

    async def ask(
        self, request: Request, who: Identity = ANONYMOUS, *, address: str | None = None, patient: bool = True
    ) -> Exchange:
        """Send a request as somebody. Raises `BudgetSpent`.

        In process each identity has its own address; `address` is another. A 429 is met with patience unless told
        otherwise: once more from a fresh address in process, after `Retry-After` by URL where that is short.
        """
        at = address or who.address
        exchange = Exchange(request, await self._carry(who.sign(request), at), who.name, who.headers)
        if exchange.answer.limited and patient:
            exchange = await self._again(exchange, who)
        self.pool.learn(exchange, who)
        if not who.is_anybody and _is_doubtful(exchange.answer):
            self.memory.doubt(who.name)
        if self.memory.spares and exchange.answer.worked and not request.is_safe:
            found = self.pool.route_of(request.method, request.path)
            if found is not None and self.ends_a_caller(found[0]):
                self.memory.spares.clear()
        return exchange

    async def all_at_once(self, requests: Iterable[tuple[Request, Identity]]) -> list[Exchange]:
        """Send several at the same moment."""
        asked = [self.ask(request, who, patient=False) for request, who in requests]
        # All of them are waited for, also where one may not be sent: none goes on behind the back of what comes next.
        ended = await asyncio.gather(*asked, return_exceptions=True)
        for each in ended:
            if isinstance(each, BaseException):
                raise each
        return [each for each in ended if isinstance(each, Exchange)]

    def fresh_address(self) -> str:
        """An address of this machine that nobody used yet; by URL it changes nothing."""
        number = next(_ADDRESSES)
        return f"127.{64 + (number >> 16) % 64}.{(number >> 8) % 256}.{number % 256}"

    async def _again(self, exchange: Exchange, who: Identity) -> Exchange:
        if self.has_addresses:
            answer = await self._carry(exchange.sent, self.fresh_address())
            return replace(exchange, answer=answer)
        wait = exchange.answer.header("retry-after") or ""
        if wait.isdigit() and int(wait) <= min(_LONGEST_WAIT, self.budget.left):
            await asyncio.sleep(int(wait))
            return replace(exchange, answer=await self._carry(exchange.sent, who.address))
        return exchange

    async def _carry(self, request: Request, address: str) -> Answer:
        self.budget.take()
        found = self.pool.route_of(request.method, request.path)
        key = found[0].key if found is not None else ""
        # Who never answers is not waited for as long again: the time is that of all others too.
        patience = self.within if self._silent[key] < _SILENT else _IMPATIENT
        within = min(patience, self.budget.left + 1)
        answer = await self.carrier.carry(request, address=address, within=within)
        if key and answer.status == NOTHING and answer.seconds >= within:
            self._silent[key] += 1
        return answer


def _is_doubtful(answer: Answer) -> bool:
    return answer.status == 401 or answer.broke or answer.asks_to_sign_in
