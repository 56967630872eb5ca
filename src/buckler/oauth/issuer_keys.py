"""The keys of one issuer as they are known here: in memory, of a certain age, asked for by one request at a time.

- Who needs keys that are not there waits for them, together with everybody else who does, and no longer than one
  asking takes. In the ten seconds after one failed, nobody waits: the answer is 503 at once.
- A request that was given up does not end the asking that it began: others wait for it.
- While keys are good, a failed asking ends nothing: they stay until they are too old.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from buckler.clock import Clock
from buckler.events import EventLog
from buckler.input.outbound import OutboundError
from buckler.oauth.foreign_keys import ForeignKey, KeysUnfit, keys_in
from buckler.oauth.jwks_checks import JwksAge, JwksCoolDown, JwksStrength
from buckler.oauth.key_source import KeySource

FAILURE_PAUSE: Final = 10.0
_NEVER: Final = float("-inf")


class KeysUnreachable(Exception):
    """There are no keys, and none can be had now. `wait` is when to try again, in seconds."""

    def __init__(self, code: str, wait: float) -> None:
        super().__init__(code)
        self.code = code
        self.wait = wait


class IssuerKeys:
    """What `source` gives, for as long as it is good. For one event loop at a time; a new one begins anew."""

    def __init__(
        self,
        url: str,
        source: KeySource,
        clock: Clock,
        events: EventLog,
        strength: JwksStrength | None,
        cool_down: JwksCoolDown | None,
        age: JwksAge | None,
    ) -> None:
        self._url = url
        self._source = source
        self._now = clock.monotonic
        self._events = events
        self._strength = strength
        self._cool_down = cool_down
        self._age = age
        self._keys: tuple[ForeignKey, ...] = ()
        self._prints: frozenset[bytes] = frozenset()
        self._got_at = self._asked_at = self._failed_at = _NEVER
        self._failure = ""
        self._asking: asyncio.Task[None] | None = None

    @property
    def good(self) -> bool:
        """Whether there are keys, and they are not too old."""
        age = self._now() - self._got_at
        return self._got_at != _NEVER and not (self._age is not None and self._age.is_over(age))

    def trusts(self, key: bytes) -> bool:
        """Whether the key with this print is one of the issuer's now."""
        return key in self._prints and self.good

    def look_after(self) -> None:
        """Ask anew, behind the requests, where the keys are due. Never waits."""
        age = self._now() - self._got_at
        if self._age is not None and self._age.is_due(age) and self._may_ask():
            self._begin()

    async def named(self, kid: str | None) -> Sequence[ForeignKey]:
        """The keys with this id; all of them for None. Raises `KeysUnreachable` where there are none to look in."""
        if not self.good:
            await self._need()
        found = self._with_id(kid)
        if not found and kid is not None and (self._running() is not None or self._may_ask()):
            await self._ask()
            found = self._with_id(kid)
        self.look_after()
        return found

    async def close(self) -> None:
        """End what is under way."""
        asking, self._asking = self._asking, None
        if asking is not None and not asking.done() and asking.get_loop() is asyncio.get_running_loop():
            asking.cancel()
            await asyncio.wait({asking})

    def _with_id(self, kid: str | None) -> Sequence[ForeignKey]:
        return self._keys if kid is None else [key for key in self._keys if key.kid == kid]

    def _may_ask(self) -> bool:
        return self._cool_down is None or self._cool_down.is_over(self._now() - self._asked_at)

    async def _need(self) -> None:
        left = FAILURE_PAUSE - (self._now() - self._failed_at)
        if left <= 0 or self._running() is not None:
            await self._ask()
            left = FAILURE_PAUSE
        if not self.good:
            raise KeysUnreachable(self._failure, left)  # fail closed: nobody can tell whose token it is

    async def _ask(self) -> None:
        await asyncio.wait({self._running() or self._begin()})

    def _running(self) -> "asyncio.Task[None] | None":
        asking = self._asking
        if asking is None or asking.done() or asking.get_loop() is not asyncio.get_running_loop():
            return None
        return asking

    def _begin(self) -> "asyncio.Task[None]":
        running = self._running()
        if running is None:
            self._asked_at = self._now()
            self._asking = running = asyncio.get_running_loop().create_task(self._renew())
        return running

    async def _renew(self) -> None:
        try:
            document = await self._source.read()
            keys = keys_in(document, lambda key: self._strength is None or self._strength.fits(key))
        except (OutboundError, KeysUnfit) as error:
            self._fail(error.code)
        except Exception as error:  # noqa: BLE001 - fail closed: whatever breaks here is an issuer without keys
            self._fail(type(error).__name__)
        else:
            self._take(keys)

    def _fail(self, code: str) -> None:
        self._failure, self._failed_at = code, self._now()
        self._events.emit("sys_issuer_unreachable", issuer=self._url, error=code, keys_still_good=self.good)

    def _take(self, keys: tuple[ForeignKey, ...]) -> None:
        self._keys, self._got_at = keys, self._now()
        prints = frozenset(key.print for key in keys)
        if prints != self._prints:
            gone, new = len(self._prints - prints), len(prints - self._prints)
            self._prints = prints
            self._events.emit("sys_issuer_keys", issuer=self._url, new=new, gone=gone)
