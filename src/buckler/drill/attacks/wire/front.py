"""The request that works: what every odd one on the wire is compared with.

A route that reads and needs no value, asked by anybody where anybody may, else by somebody.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from buckler.drill.attack import EVERYWHERE, Untested
from buckler.drill.attacks.wire.raw import target
from buckler.drill.engagement import Engagement
from buckler.drill.memory import Topic
from buckler.drill.people.identity import ANONYMOUS, Identity
from buckler.drill.plan.route import Route
from buckler.drill.preparing.control import control_for
from buckler.drill.transport.answer import Exchange
from buckler.drill.transport.request import Request

_MOST_TRIED: Final = 8
_MOST_BYTES: Final = 64 * 1024
NOWHERE: Final = "/drill-there-is-no-such-path"


@dataclass(frozen=True, slots=True)
class Front:
    """A request that worked, and how to write it byte by byte."""

    exchange: Exchange
    who: Identity
    authority: str

    @property
    def request(self) -> Request:
        """As it goes out."""
        return self.exchange.sent

    def written(
        self,
        *fields: bytes,
        hosts: Sequence[str] | None = None,
        path: str = "",
        version: str = "1.1",
        signed: bool = True,
    ) -> bytes:
        """The head, with these lines for `Host` and others after it."""
        shown = self.request.without("host").headers if signed else ()
        return head(
            path or self.request.target,
            hosts=(self.authority,) if hosts is None else hosts,
            fields=(*(f"{name}: {value}".encode("latin-1", "replace") for name, value in shown), *fields),
            version=version,
        )


def head(path: str, *, hosts: Iterable[str], fields: Iterable[bytes] = (), version: str = "1.1") -> bytes:
    """The head of a GET."""
    lines = [f"GET {path} HTTP/{version}".encode(), *(f"Host: {host}".encode() for host in hosts), *fields]
    return b"\r\n".join(lines) + b"\r\n\r\n"


_FRONT: Final = Topic[Front | Untested]("a request that works on the wire")


async def front(on: Engagement) -> Front | Untested:
    """The request that works, looked for once."""
    return await on.memory.once(_FRONT, lambda: _looked_for(on))


async def _looked_for(on: Engagement) -> Front | Untested:
    plain = [route for route in on.routes if _is_plain(route)]
    for who in (ANONYMOUS, *on.cast.ordinary[:1]):
        for route in sorted(plain, key=lambda route: bool(route.secured and who.is_anybody))[:_MOST_TRIED]:
            control = await control_for(on, route, who)
            if not isinstance(control, Untested) and _will_do(control):
                return Front(control, who, target(on).authority)
    return Untested(EVERYWHERE, "no route that reads and needs no value answered a request that was as it should be")


def _is_plain(route: Route) -> bool:
    return route.method == "GET" and not route.params and not any(slot.required for slot in route.parameters)


def _will_do(control: Exchange) -> bool:
    answer = control.answer
    return answer.status == 200 and answer.media != "text/event-stream" and len(answer.body) <= _MOST_BYTES
