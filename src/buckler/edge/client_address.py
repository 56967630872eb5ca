"""Who the client is, over what it came and which host it asked for: decided once, for every part (ASVS 4.1.3).

`direct()`, the default:
1. The address is the one at the other end of the connection; no forwarding field is read. None at all (a Unix
   socket) is one client like another.
2. uvicorn by itself writes the address that it finds in `X-Forwarded-For` over that of a peer on 127.0.0.1, with port
   0, which no real peer has. Where the server's address has that port and stands in that field, it is such a one: all
   of these are one client, `unknown`, and not on this machine. A forged address buys no fresh budget. The log has it
   as what was claimed.
3. Newer ones take the port from the field too. Where both are the server's, nobody can tell a peer that names itself
   from one that was written over: 400. As `unknown`, the first would have a second budget.
4. The first such field is told to the log, with what to choose.

`behind(...)`:
5. By hops: the n-th address from the right. By networks: the first from the right that is in none of them, if the peer
   is in one; else the request is direct. A proxy of ours that forwards for nobody is itself the client.
6. `Forwarded` (RFC 7239) is as good as `X-Forwarded-For`; where both are sent they must agree.
7. `X-Forwarded-Proto`: the last n values count, one for each of n proxies or fewer; TLS only where all of them say so.
   A proxy that appends and one that writes anew are both read safely. `Forwarded` has it in the client's own element.
8. `X-Forwarded-Host`, read in the same way, must be ours just as `Host` must.
9. Missing, malformed or contradictory where it matters: 400. Fail closed. Where nothing at all is forwarded, a probe
   (`probes.py`) is answered to the peer.

The app finds the same in its scope. An edge of another app inside this one leaves the decision as it is.
"""

from collections.abc import Iterable
from functools import lru_cache
from itertools import islice
from typing import Final

from buckler.asgi import Exchange
from buckler.defence import Arrival, Look, Shape
from buckler.edge.forwarded import (
    FORWARDED,
    X_FOR,
    X_HOST,
    X_PROTO,
    Unclear,
    address_in,
    elements,
    from_right,
    is_secure,
    joined,
    last,
    names_peer,
)
from buckler.edge.probes import Probes
from buckler.edge.proxies import MOST_HOPS, Proxies
from buckler.errors import Refusal
from buckler.events import EventLog
from buckler.ip_addresses import UNKNOWN

UNCLEAR: Final = Refusal(400, "client-unclear", "The proxies in front did not say clearly who is asking.")
SETTLED: Final = "buckler.ip_addresses"
"""The key of a scope whose client was decided by an edge further out."""

_FORWARDING: Final = frozenset((FORWARDED, X_FOR, X_HOST, X_PROTO))
_CHOOSE: Final = (
    "X-Forwarded-For was ignored. If a proxy of yours wrote it, say so: BUCKLER_BEHIND=1 for one proxy in front."
)
_STOP: Final = (
    "The server puts addresses from X-Forwarded-For in the place of the peer's. Start it with --no-proxy-headers,"
    " and set BUCKLER_BEHIND=1 if a proxy of yours stands in front."
)


class ClientAddress(Arrival):
    """Finds the client behind the proxies that stand in front, and refuses where they do not say."""

    name = "client-address"

    def __init__(self, proxies: Proxies, events: EventLog, probes: Probes | None = None) -> None:
        self.proxies = proxies
        self._probes = probes or Probes()
        self._direct = proxies.are_none
        self._events = events
        self._told: set[str] = set()
        self._is_ours = lru_cache(maxsize=4096)(proxies.include)

    def look_for(self, shape: Shape) -> Look | None:
        return None if self._direct and X_FOR not in shape.names else self.arrive

    def arrive(self, exchange: Exchange) -> Refusal | None:
        if self._direct and X_FOR not in exchange.headers:
            return None
        if SETTLED in exchange.scope:
            return None
        exchange.scope[SETTLED] = True
        if not self._comes_from_ours(exchange.client):
            return self._ignore(exchange)
        try:
            self._settle(exchange)
        except Unclear as unclear:
            if self._probes.are_asked(exchange) and _FORWARDING.isdisjoint(exchange.headers):
                # The load balancer itself, or a machine beside it: the peer is who asks.
                exchange.spared = UNCLEAR
                return None
            exchange.reason = str(unclear)
            # Nobody can say over what it came: no token is ended on a guess.
            exchange.is_secure = True
            return UNCLEAR
        return None

    def _comes_from_ours(self, peer: str) -> bool:
        if not self.proxies.networks:
            return not self._direct
        return self._is_ours(peer)

    def _ignore(self, exchange: Exchange) -> Refusal | None:
        """Believe no field, nor a server that did."""
        line = joined(exchange, X_FOR)
        if line is None:
            return None
        port = exchange.scope["client"][1] if exchange.client else 0
        if not exchange.client or not names_peer(line, exchange.client, port):
            if self._direct:
                self._tell(_CHOOSE, exchange)
            return None
        if port:
            # Fail closed: with a budget of its own, or that of whom it names, it would have one too many.
            exchange.is_secure = True
            exchange.reason, exchange.remedy = "the peer stands in X-Forwarded-For, with its port", _STOP
            return UNCLEAR
        exchange.claimed, exchange.client = exchange.client, UNKNOWN
        exchange.scope["client"] = (UNKNOWN, 0)
        self._tell(_STOP, exchange)
        return None

    def _tell(self, remedy: str, exchange: Exchange) -> None:
        """Once a process: a stranger may send as many as it likes."""
        if remedy not in self._told:
            self._told.add(remedy)
            self._events.emit("sys_forwarding_ignored", exchange, remedy=remedy)

    def _settle(self, exchange: Exchange) -> None:
        chain, forwarded = joined(exchange, X_FOR), joined(exchange, FORWARDED)
        address, depth = exchange.client, 1
        if chain is not None:
            address, depth = self._walk(address_in(each) for each in from_right(chain))
        element: dict[bytes, bytes] = {}
        if forwarded is not None:
            several = list(islice(elements(forwarded), MOST_HOPS + 1))
            other, depth = self._walk(address_in(each.get(b"for", b"")) for each in several)
            element = several[depth - 1]
            if chain is not None and other != address:
                raise Unclear("X-Forwarded-For and Forwarded do not agree")
            address = other
        elif chain is None and self.proxies.hops:
            raise Unclear("no address was forwarded")
        self._write(exchange, address, _secure(exchange, element, depth))
        exchange.forwarded_hosts = _hosts(exchange, element, depth)

    def _walk(self, chain: Iterable[str | None]) -> tuple[str, int]:
        """The client's address in a chain read from the right, and how many proxies it came through."""
        found, depth = None, 0
        for depth, found in enumerate(chain, 1):
            if self.proxies.hops:
                if depth < self.proxies.hops:
                    continue
            elif found is not None and depth <= MOST_HOPS and self._comes_from_ours(found):
                continue
            break
        # Fail closed: fewer proxies than were promised, or one that wrote no address.
        if found is None or depth < self.proxies.hops or depth > MOST_HOPS:
            raise Unclear("the forwarded addresses are too few, too many or malformed")
        return found, depth

    def _write(self, exchange: Exchange, address: str, secure: bool) -> None:
        """Into the exchange, and into the scope for the app's own reading."""
        plain = "ws" if exchange.is_websocket else "http"
        exchange.is_secure = secure
        exchange.scope["scheme"] = plain + "s" if secure else plain
        if address != exchange.client:
            exchange.client = address
            exchange.scope["client"] = (address, 0)


def _secure(exchange: Exchange, element: dict[bytes, bytes], depth: int) -> bool:
    line, own = joined(exchange, X_PROTO), element.get(b"proto")
    said = [] if line is None else [all(is_secure(each) for each in last(line, depth))]
    said += [] if own is None else [is_secure(own)]
    if len(set(said)) > 1:
        raise Unclear("X-Forwarded-Proto and Forwarded do not agree")
    return said[0] if said else exchange.is_secure


def _hosts(exchange: Exchange, element: dict[bytes, bytes], depth: int) -> tuple[bytes, ...]:
    line, own = joined(exchange, X_HOST), element.get(b"host")
    return (*(last(line, depth) if line is not None else ()), *((own,) if own is not None else ()))
