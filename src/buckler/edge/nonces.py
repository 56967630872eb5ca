"""The nonce of one answer: 128 bits, drawn when somebody asks for it (CSP level 3 section 7.1)."""

from typing import Any, Final
from weakref import ref

from buckler.asgi import Exchange
from buckler.randomness import secret_text

NONCE_BYTES: Final = 16
"""128 bits, as CSP level 3 section 7.1 asks for at least."""


class StateWithNonce(dict[str, Any]):
    """The state of a request, in which the nonce is there when it is asked for."""

    __slots__ = ("_exchange",)

    def __init__(self, exchange: Exchange, state: dict[str, Any]) -> None:
        super().__init__(state)
        self._exchange = ref(exchange)  # weak: whoever keeps the state keeps no request

    def __missing__(self, key: str) -> str:
        exchange = self._exchange()
        if key != "csp_nonce" or exchange is None:
            raise KeyError(key)
        return nonce_of(exchange)


def nonce_of(exchange: Exchange) -> str:
    """The nonce of the answer to this request: drawn when it is first asked for, the same from then on."""
    if exchange.nonce is None:
        exchange.nonce = secret_text(NONCE_BYTES)
    return exchange.nonce
