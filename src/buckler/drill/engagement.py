"""What an attack stands on: the target, the people, and what is known of both by now."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from buckler.drill.drafting.draft import slots_of
from buckler.drill.drafting.sample import Samples
from buckler.drill.memory import Memory
from buckler.drill.objects.pool import Pool
from buckler.drill.people.cast import Cast
from buckler.drill.people.harm import ends_a_caller
from buckler.drill.people.identity import ANONYMOUS, Identity
from buckler.drill.plan.declared import May
from buckler.drill.plan.route import Route, Slot
from buckler.drill.sender import Sender, fresh_address
from buckler.drill.setting import Setting
from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.body_says import holds_any
from buckler.drill.transport.request import Request
from buckler.drill.transport.secrets import Secrets
from buckler.drill.transport.visible import visible

_LEAST: Final = 6
"""Characters of a text that stands nowhere by chance."""


@dataclass(slots=True)
class Engagement:
    """One drill of one target. Attacks ask here and nowhere else: everything is counted, learnt from and redacted."""

    sender: Sender
    setting: Setting
    cast: Cast
    secrets: Secrets = field(default_factory=Secrets)
    pool: Pool = field(default_factory=Pool)
    memory: Memory = field(default_factory=Memory)
    samples: Samples = field(init=False)
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
        return self.sender.carrier.in_process

    @property
    def may_spend(self) -> bool:
        """Whether nobody needs what is there afterwards: in process, or on this machine and given `--writes`."""
        return self.in_process or (self.sender.is_near and self.setting.writes)

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

        In process and on this machine each identity has its own address; `address` is another. A 429 is met with
        patience unless told otherwise: once more from a fresh address there, else after a `Retry-After` that is short.
        """
        at = address or who.address
        found = self.pool.route_of(request.method, request.path)
        key = found[0].key if found is not None else ""
        signed = who.sign(request)
        answer = await self.sender.send(signed, at, key)
        if answer.limited and patient:
            answer = await self.sender.send_again(signed, who.address, key, answer)
        answer = self._recognised(request, answer)
        exchange = Exchange(request, answer, who.name, who.headers)
        self.secrets.learn(answer)
        self.pool.learn(exchange, who)
        if not who.is_anybody and _is_doubtful(answer):
            self.memory.doubt(who.name)
        changed = bool(self.memory.spares) and answer.worked and not request.is_safe
        if changed and found is not None and self.ends_a_caller(found[0]):
            self.memory.spares.clear()
        return exchange

    def _recognised(self, request: Request, answer: Answer) -> Answer:
        """The answer, known for what its own words do not say.

        It is an object by what was sent for one before; or the page on which people sign in, shown for another.
        """
        pages = self.memory.sign_in_pages
        if pages and answer.is_html and answer.meant == 200 and request.path not in pages:
            return replace(answer, is_sign_in=visible(answer.text) in pages.values())
        if not answer.says_otherwise:
            return answer
        asked = f"{request.target} {request.body.decode('latin-1')}"
        texts = {text for each in self.pool.objects for text in each.sent if len(text) >= _LEAST and text not in asked}
        return replace(answer, is_object=holds_any(answer.body, texts))

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
        """An address of this machine that nobody used yet; to a target elsewhere it changes nothing."""
        return fresh_address()


def _is_doubtful(answer: Answer) -> bool:
    return answer.asks_who or answer.broke
