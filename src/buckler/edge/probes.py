"""The paths that machines ask who know an address of ours and no name: `Public("liveness", probe=True)`.

A kubelet or a load balancer asks by IP, over plain HTTP, and not through the proxies in front. So a request is let
off the checks of host, scheme and forwarded address, by the path alone, before its route is known:

- GET or HEAD, without a query, a credential or a header line that came twice;
- the path exactly as it was declared, as it was sent and as the server decoded it: nothing is compared by pattern.

The guard checks that the route which is chosen then is a probe, and refuses what was let off by mistake.
"""

from typing import Final

from buckler.asgi import Exchange

_METHODS: Final = ("GET", "HEAD")
_CREDENTIALS: Final = frozenset((b"authorization", b"cookie"))


class Probes:
    """Which requests ask a probe. `paths` are those of the table of routes, in full."""

    def __init__(self) -> None:
        self.paths: frozenset[str] = frozenset()

    def are_asked(self, exchange: Exchange) -> bool:
        """Whether this request asks one of them, in the only way to ask."""
        scope = exchange.scope
        if not self.paths or scope["type"] != "http" or scope["method"] not in _METHODS:
            return False
        if scope.get("query_string") or exchange.repeated or not _CREDENTIALS.isdisjoint(exchange.headers):
            return False
        # A server that was told of a prefix puts it before both.
        prefix: str = scope.get("root_path") or ""
        path: str = scope["path"]
        raw: bytes = scope.get("raw_path") or b""
        return path.startswith(prefix) and path[len(prefix) :] in self.paths and raw.decode("latin-1") == path
