"""What an attack stands on: the target, the people, and requests that are known to work."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from ssl import SSLContext
from typing import Final, cast

from buckler.drill.attack import Untested
from buckler.drill.budget import Budget
from buckler.drill.drafting.draft import ABSENT, Draft, slots_of
from buckler.drill.drafting.sample import Samples
from buckler.drill.memory import Memory
from buckler.drill.objects.names import names_one
from buckler.drill.objects.pool import Pool
from buckler.drill.people.cast import Cast
from buckler.drill.people.identity import ANONYMOUS, Identity
from buckler.drill.people.spare import ends_a_caller, stand_in, with_victim
from buckler.drill.plan.declared import May, Truth
from buckler.drill.plan.document import Document
from buckler.drill.plan.route import JSON, Route, Slot, in_order
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
_OF_A_LIST: Final = re.compile(r"^(role|plan|tier|level|rank|group)$", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"(^|_)(ur[il]|webhook|callback)$|(?<=[a-z])Ur[il]$", re.IGNORECASE)
_OWN_PASSWORD: Final = re.compile(
    r"^(current|old|existing|your|confirm)?_?(password|passwd|pwd)$|^(current|old)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Setting:
    """What an app is, beside its routes."""

    document: Document
    truth: Truth | None = None
    development: bool = False
    """Whether the app says itself that it runs on the machine of its developer."""
    writes: bool = True
    """Whether requests may change something."""
    logged: Sequence[str] = ()
    """Lines that the app logged, growing while it runs; in process only."""
    url: str = ""
    """Where a real server listens; empty in process."""
    on_loopback: bool = False
    """Whether that server is on this machine."""
    trust: SSLContext | bool = True
    """By which certificates that server is trusted: those of this machine where it is True, any where False."""
    plain: str = ""
    """Where it also listens for plain HTTP, as far as that was told."""
    own_truth: Truth | None = None
    """What the app itself declares now, where `truth` is a policy file that was committed."""


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
    _controls: dict[tuple[str, str], Exchange] = field(default_factory=dict[tuple[str, str], Exchange], init=False)
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
            self.memory.doubtful.add(who.name)
            self.memory.spares = {
                purpose: each for purpose, each in self.memory.spares.items() if each.name != who.name
            }
        if self.memory.spares and exchange.answer.worked and not request.is_safe:
            found = self.pool.route_of(request.method, request.path)
            if found is not None and ends_a_caller(self, found[0]):
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

    # ---- requests that work

    def draft(self, route: Route, who: Identity) -> Draft:
        """A valid request to a route, with ids of what `who` owns where any is known."""
        values: dict[tuple[str, str], object] = {}
        given: dict[str, object] = {}
        for slot in in_order(route):
            known = self.pool.best(route, slot, who, given)
            if known is not None:
                values[slot.place, slot.name] = known
            elif slot.required:
                values[slot.place, slot.name] = self.samples.value(slot.schema, slot.name)
            if slot.place == "path":
                given[slot.name] = values[slot.place, slot.name]
        if route.body is None:
            return Draft(route, values)  # type: ignore[arg-type]
        draft = Draft(route, values, self.samples.value(route.body.schema), route.body.media or JSON)  # type: ignore[arg-type]
        for slot in self.slots(route):
            told: object = self._own_password(slot, who) or (
                self.pool.best(route, slot, who) or self._as_told(slot, who) if slot.place in ("body", "form") else None
            )
            if told is not None and draft.get(slot) is not ABSENT:
                draft = draft.put(slot, told)
            elif told is None and self._may_be_left_out(route, slot):
                draft = draft.put(slot, ABSENT)
        return draft

    def _as_told(self, slot: Slot, who: Identity) -> object:
        """A word of a closed list that the document does not tell, as the app says it of the caller."""
        if "enum" in slot.schema or not _OF_A_LIST.search(slot.name):
            return None
        return self.pool.told_of_oneself(who).get(slot.name)

    def _may_be_left_out(self, route: Route, slot: Slot) -> bool:
        """Whether it need not be there and names one of something, or an address: a made-up one leads to nothing."""
        names = names_one(slot.name) or bool(_ADDRESS.search(slot.name))
        if route.body is None or slot.place not in ("body", "form") or len(slot.way) != 1 or not names:
            return False
        return slot.name not in (self.setting.document.schemas.choices(route.body.schema)[0].get("required") or ())

    @staticmethod
    def _own_password(slot: Slot, who: Identity) -> str | None:
        """Somebody's own password, where one who is signed in is asked for it once more."""
        asked = slot.place in ("body", "form") and not who.is_anybody and _OWN_PASSWORD.search(slot.name)
        return who.account.password or None if asked and who.account is not None else None

    async def prepared(self, route: Route, who: Identity) -> Draft | Untested:
        """A valid request with what it needs made for it, not sent yet; the reason where it cannot be had."""
        if not self.may_send(route.method):
            return Untested(route.key, f"{route.method} changes something, and --writes was not given", who.name)
        missing = await self._provide(route, who)
        if missing:
            return Untested(route.key, missing, who.name)
        draft = self.draft(route, who)
        return await with_victim(self, draft, who)

    def forget(self, name: str) -> None:
        """Forget what rests on what somebody showed, who shows something else from now on."""
        self.memory.forget(name)
        self._controls = {key: each for key, each in self._controls.items() if key[1] != name}

    async def control(self, route: Route, who: Identity) -> Exchange | Untested:
        """A request to `route` that worked for `who`, or why there is none. Safe ones are asked once and kept."""
        key = (route.key, who.name)
        if key in self._controls and route.is_safe:
            return self._controls[key]
        found = await self.control_draft(route, who)
        if isinstance(found, Untested):
            return found
        self._controls[key] = found[1]
        return found[1]

    async def control_draft(self, route: Route, who: Identity) -> tuple[Draft, Exchange] | Untested:
        """As `control`, with the request in parts: what attacks on values start from. It is asked anew each time.

        What would end the session or the account of `who` is asked by somebody who came for that.
        """
        sender = await stand_in(self, route, who)
        draft = sender if isinstance(sender, Untested) else await self.prepared(route, sender)
        if isinstance(sender, Untested) or isinstance(draft, Untested):
            return draft if isinstance(draft, Untested) else Untested(route.key, "nobody could ask", who.name)
        exchange = await self.ask(draft.request(), sender)
        if not exchange.answer.worked:
            return Untested(route.key, f"no request worked that {who.name} may send: {_why(exchange.answer)}", who.name)
        return draft, exchange

    async def _provide(self, route: Route, who: Identity) -> str:
        """Make what the route needs to exist. The reason where that cannot be done, else nothing."""
        from buckler.drill.objects.making import provide

        return await provide(self, route, who)


def _is_doubtful(answer: Answer) -> bool:
    return answer.status == 401 or answer.broke or answer.asks_to_sign_in


def _why(answer: Answer) -> str:
    if answer.failure:
        return answer.failure
    said = answer.json()
    known = cast("Mapping[str, object]", said) if isinstance(said, dict) else dict[str, object]()
    words = next((str(known[name])[:100] for name in ("detail", "message", "error") if name in known), "")
    return f"status {answer.status}{' ' + words if words else ''}"
