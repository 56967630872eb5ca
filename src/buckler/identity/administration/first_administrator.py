"""The first administrator: a one-time code for whoever sits at the machine (ASVS 6.3.2, 6.4.1).

There is no standing default account. While nobody administrates, the start makes a code of 128
random bits, good for 30 minutes, printed where the operator sees it. It is compared in constant
time, from this machine alone, and is void once an administrator exists. The store decides
between two claims at once.
"""

import hmac
from hashlib import sha256
from typing import Final

from buckler.clock import Clock
from buckler.randomness import secret_text
from buckler.redact import Secret

LIFETIME: Final = 30 * 60
_BYTES: Final = 16


class FirstAdministratorCode:
    """One code. What a claim is compared with is its digest, so lengths and beginnings tell nothing.

    Of several processes all take the same `made` by the first, which `ends` when that one does: a claim may reach any
    of them, and one that is started later gives it no more time.
    """

    def __init__(self, clock: Clock, made: Secret | None = None, ends: float | None = None) -> None:
        self._now = clock.monotonic
        self.ends = self._now() + LIFETIME if ends is None else ends
        """When it is void, on the clock that never jumps back."""
        self._code: Secret | None = made or Secret(secret_text(_BYTES))
        self._digest = _digest(self._code.reveal())

    @property
    def text(self) -> str | None:
        """The code to print, or None once it is void."""
        return self._code.reveal() if self._code is not None and self._now() < self.ends else None

    def matches(self, claimed: str) -> bool:
        """Whether `claimed` is the code and the code is not void."""
        return hmac.compare_digest(_digest(claimed), self._digest) and self.text is not None

    def void(self) -> None:
        """End the code: there is an administrator."""
        self._code = None


def _digest(code: str) -> bytes:
    return sha256(code.encode("utf-8", "replace")).digest()
