"""How many connections a process holds, and how many of them one client (CWE-770; ASVS 13.1.2).

1. So many and not more, those that still shake hands among them. Over it a new one is closed before TLS costs anything.
2. One client network, an IPv4 address or the /64 of an IPv6 one, holds a quarter of them at most, and 16 whatever the
   number: else one machine that opens connections and does nothing keeps everybody out.
3. A proxy brings everybody's connections, so rule 2 does not count it: behind a number of proxies nobody is counted,
   behind named networks whoever does not come from them is.
"""

from collections import Counter
from collections.abc import Callable
from typing import Final

from buckler.edge.proxies import Proxies
from buckler.ip_addresses import network_of

_SHARES: Final = 4
_LEAST_SHARE: Final = 16


class Places:
    """The places of one process, shared by its listeners."""

    def __init__(self, most: int, proxies: Proxies) -> None:
        self._most = most
        self._share = min(most, max(most // _SHARES, _LEAST_SHARE))
        self._proxies = proxies
        self._taken = 0
        self._by_client: Counter[str] = Counter()
        self._turned_away = 0

    @property
    def taken(self) -> int:
        """How many are taken now."""
        return self._taken

    def take(self, peer: str) -> Callable[[], None] | None:
        """A place for a connection from `peer`, as what gives it back, which may be called again; None if full."""
        client = self._counted(peer)
        if self._taken >= self._most or (client is not None and self._by_client[client] >= self._share):
            self._turned_away += 1
            return None
        self._taken += 1
        if client is not None:
            self._by_client[client] += 1
        is_held = True

        def give_back() -> None:
            nonlocal is_held
            if is_held:
                is_held = False
                self._free(client)

        return give_back

    def turned_away(self) -> int:
        """How many were turned away since this was asked the last time."""
        count, self._turned_away = self._turned_away, 0
        return count

    def _counted(self, peer: str) -> str | None:
        return None if self._proxies.hops or self._proxies.include(peer) else network_of(peer)

    def _free(self, client: str | None) -> None:
        self._taken -= 1
        if client is None:
            return
        self._by_client[client] -= 1
        if not self._by_client[client]:
            del self._by_client[client]
