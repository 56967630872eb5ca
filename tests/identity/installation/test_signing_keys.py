"""The life of the signing keys: no token is refused while they change, and none is good after its key ended."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from buckler.errors import ConfigurationError
from buckler.events import EventLog
from buckler.identity.accounts import DATABASE_FILE
from buckler.identity.installation import signing_keys
from buckler.identity.installation.foundation import Foundation, lay_foundation
from buckler.identity.installation.signing_keys import KeyRefused, Listed
from buckler.identity.sessions.revocation_feed import RevocationFeed
from buckler.storage.database import Database
from buckler.storage.database.tables import SigningKeyRow
from buckler.tokens.algorithms import ALGORITHMS, Algorithm
from buckler.tokens.jwt import LONGEST_LIFE, AccessTokens, InvalidToken
from tests.clocks import FakeClock
from tests.identity.house import ORIGIN, House, accounts, settings
from tests.proof import two_sided_async

STEP: Final = 120
OLDEST: Final = 4
"""Steps that a token of ten minutes lives, its last one not."""
WHOLE: Final = signing_keys.LEAD + signing_keys.OVERLAP
"""Seconds from the making of a key to the end of the one before it."""


@dataclass(frozen=True)
class Process:
    """One of several that serve the same installation."""

    foundation: Foundation
    feed: RevocationFeed
    tokens: AccessTokens

    def issue(self) -> bytes:
        text, _ = self.tokens.issue(subject="a", name="ada", client_id="c", roles=(), auth_time=1)
        return text.encode()

    def takes(self, token: bytes) -> bool:
        try:
            self.tokens.verify(token)
        except InvalidToken:
            return False
        return True

    def published(self) -> set[str]:
        return {jwk["kid"] for jwk in self.foundation.ring.document()["keys"]}

    async def shown(self) -> list[Listed]:
        async with self.foundation.database.reading() as connection:
            return await self.foundation.keys.shown(connection)

    async def states(self) -> list[str]:
        return [each.state for each in await self.shown()]

    async def kid(self, state: str) -> str:
        return next(each.record.kid for each in await self.shown() if each.state == state)

    async def rotate(self, algorithm: Algorithm | None = None) -> str:
        async with self.foundation.database.writing() as connection:
            made = await self.foundation.keys.rotate(connection, algorithm)
        return made.record.kid

    async def retire(self, kid: str) -> None:
        async with self.foundation.database.writing() as connection:
            await self.foundation.keys.retire(connection, kid)

    async def revoke(self, kid: str) -> str:
        async with self.foundation.database.writing() as connection:
            return await self.foundation.keys.revoke(connection, kid)


@asynccontextmanager
async def process(data: Path, clock: FakeClock, algorithm: Algorithm = "Ed25519") -> AsyncGenerator[Process]:
    """Start one. It learns of changes when its feed is asked to look, which the tests do."""
    database, events = Database(data / DATABASE_FILE), EventLog(clock)
    await database.open()
    try:
        feed = RevocationFeed(database, None, clock)
        await feed.load()
        foundation = await lay_foundation(database, settings(data, signing_algorithm=algorithm), clock, events)
        feed.on_keys(foundation.reload)
        ring = foundation.ring
        yield Process(
            foundation,
            feed,
            AccessTokens(ring, issuer=ORIGIN, audience=ORIGIN, clock=clock, lifetime=LONGEST_LIFE),
        )
    finally:
        await database.close()


class Elsewhere:
    """A service that verifies our tokens and keeps the published keys for as long as it is told."""

    def __init__(self, clock: FakeClock, published: Callable[[], set[str]]) -> None:
        self._clock, self._published = clock, published
        self._read_at, self._known = clock.now(), published()

    def knows(self, kid: str) -> bool:
        if self._clock.now() - self._read_at >= signing_keys.MAX_AGE:
            self._read_at, self._known = self._clock.now(), self._published()
        return kid in self._known


@pytest.mark.asvs("11.2.2", "13.3.4")
@pytest.mark.parametrize("twin", [(0, signing_keys.OVERLAP), (signing_keys.LEAD, 0)])
async def test_no_token_is_refused_while_the_key_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, twin: tuple[int, int]
) -> None:
    """Every token, until its own end: in the process that replaces the key, in another, and elsewhere.

    Not where a key signs before it is known, or goes as soon as it signs no more.
    """

    async def attack(times: tuple[int, int]) -> bool:
        monkeypatch.setattr(signing_keys, "LEAD", times[0])
        monkeypatch.setattr(signing_keys, "OVERLAP", times[1])
        data, clock = tmp_path / f"{times[0]}-{times[1]}", FakeClock()
        async with process(data, clock) as one, process(data, clock) as other:
            elsewhere = Elsewhere(clock, other.published)
            clock.advance(STEP)
            old = await one.kid("signs")
            await one.rotate()
            issued = list[tuple[float, str, bytes]]()
            refused = 0
            for _ in range(WHOLE // STEP + 2):
                await asyncio.gather(one.feed.refresh(), other.feed.refresh())
                for each in (one, other):
                    kid = each.foundation.ring.current.kid
                    issued.append((clock.now() + LONGEST_LIFE, kid, each.issue()))
                issued = [each for each in issued if each[0] > clock.now()]
                refused += sum(
                    not (one.takes(token) and other.takes(token) and elsewhere.knows(kid)) for _, kid, token in issued
                )
                clock.advance(STEP)
            assert await one.kid("signs") != old
            assert await one.kid("retired") == old
            assert old not in one.published() | other.published()
        return refused > 0

    await two_sided_async(attack, whole=(signing_keys.LEAD, signing_keys.OVERLAP), twin=twin)


async def test_no_request_is_refused_while_the_key_is_replaced(tmp_path: Path) -> None:
    """Many at a time, with tokens of every age, over the wait, the change and the end of the old key."""
    clock = FakeClock()
    async with House(accounts(settings(tmp_path), clock)) as house, process(tmp_path, clock) as operator:
        await house.register()
        tokens, told = [await house.token()], list[int]()

        async def call(token: str) -> None:
            told.extend([(await house.get("/auth/me", token)).status_code for _ in range(10)])

        old, new = await operator.kid("signs"), ""
        for at in range(0, WHOLE + STEP, STEP):
            others = [call(token) for token in tokens[-OLDEST:]]
            _, made = await asyncio.gather(asyncio.gather(*others), operator.rotate() if at == STEP else house.token())
            new = made if at == STEP else new
            tokens.append(made if at != STEP else await house.token())
            clock.advance(STEP)
        assert set(told) == {200}
        assert [(each.record.kid, each.state) for each in await operator.shown()] == [(new, "signs"), (old, "retired")]
        keys = (await house.get("/.well-known/jwks.json")).json()["keys"]
        assert [key["kid"] for key in keys] == [new]


async def test_a_key_waits_signs_verifies_and_is_over(tmp_path: Path) -> None:
    """At the seconds that were said, the same in a list, in the ring and in the published set."""
    clock = FakeClock()
    async with process(tmp_path, clock) as one:
        assert await one.states() == ["signs"]
        old = await one.kid("signs")
        new = await one.rotate()
        await one.feed.refresh()
        assert (await one.states(), one.published()) == (["waits", "signs"], {old, new})
        clock.advance(signing_keys.LEAD - 1)
        assert (await one.states(), one.foundation.ring.current.kid) == (["waits", "signs"], old)
        token = one.issue()
        clock.advance(1)
        assert (await one.states(), one.foundation.ring.current.kid) == (["signs", "verifies"], new)
        clock.advance(signing_keys.OVERLAP - 1)
        assert (await one.states(), one.published()) == (["signs", "verifies"], {old, new})
        clock.advance(1)
        assert (await one.states(), one.published()) == (["signs", "retired"], {new})
        assert not one.takes(token)


async def test_one_waits_at_a_time(tmp_path: Path) -> None:
    """A second is refused with what to do; of two operators at once one makes it."""
    clock = FakeClock()
    async with process(tmp_path, clock) as one, process(tmp_path, clock) as other:
        made = await asyncio.gather(one.rotate(), other.rotate(), return_exceptions=True)
        assert sorted(type(each).__name__ for each in made) == ["KeyRefused", "str"]
        waiting = await one.kid("waits")
        with pytest.raises(KeyRefused, match=f"signs in 360 seconds.*buckler keys revoke {waiting}"):
            await one.rotate()
        assert await one.states() == ["waits", "signs"]
        clock.advance(signing_keys.LEAD)
        await one.rotate()
        assert await one.states() == ["waits", "signs", "verifies"]


async def test_retiring_ends_what_verifies_and_nothing_else(tmp_path: Path) -> None:
    """With the tokens that it still has; the others are refused with what to do instead."""
    clock = FakeClock()
    async with process(tmp_path, clock) as one:
        old, token = await one.kid("signs"), one.issue()
        new = await one.rotate()
        for kid, words in ((old, "buckler keys rotate"), (new, "buckler keys revoke"), ("x\x1b", "keys list")):
            with pytest.raises(KeyRefused, match=words) as refusal:
                await one.retire(kid)
            assert "\x1b" not in str(refusal.value)
        clock.advance(signing_keys.LEAD)
        await one.feed.refresh()
        assert one.takes(token)
        await one.retire(old)
        await one.feed.refresh()
        assert not one.takes(token)
        assert (await one.states(), await _sealed(one, old)) == (["signs", "retired"], b"")
        with pytest.raises(KeyRefused, match="over already"):
            await one.retire(old)


@pytest.mark.asvs("11.2.2")
async def test_revoking_ends_every_token_of_a_key_at_once(tmp_path: Path) -> None:
    """In every process, and whoever signs with a copy of it is refused; where it is only taken out of use he is not."""

    async def attack(end: Callable[[Process, str], object]) -> bool:
        data, clock = tmp_path / end.__name__, FakeClock()
        async with process(data, clock) as one, process(data, clock) as other:
            stolen, token = await one.kid("signs"), one.issue()
            await one.rotate()
            clock.advance(signing_keys.LEAD)
            await asyncio.gather(one.feed.refresh(), other.feed.refresh())
            if end is revoke:
                await one.revoke(stolen)
            await asyncio.gather(one.feed.refresh(), other.feed.refresh())
            assert one.takes(token) == other.takes(token)
            return other.takes(token)

    def revoke(_process: Process, _kid: str) -> None: ...
    def wait(_process: Process, _kid: str) -> None: ...

    await two_sided_async(attack, whole=revoke, twin=wait)


async def test_another_key_signs_when_the_one_that_signs_is_revoked(tmp_path: Path) -> None:
    """The one that waits, at once; else a new one of the same algorithm. Its private half is destroyed."""
    clock = FakeClock()
    async with process(tmp_path, clock, "ES256") as one:
        first = await one.kid("signs")
        waiting = await one.rotate()
        clock.advance(1)
        assert await one.revoke(first) == waiting
        assert await one.states() == ["signs", "revoked"]
        clock.advance(1)
        third = await one.revoke(waiting)
        assert third not in (first, waiting)
        assert await one.states() == ["signs", "revoked", "revoked"]
        assert {each.record.algorithm for each in await one.shown()} == {"ES256"}
        assert (await _sealed(one, first), await _sealed(one, waiting)) == (b"", b"")
        await one.feed.refresh()
        assert (one.published(), one.takes(one.issue())) == ({third}, True)
        for kid in (first, waiting):
            with pytest.raises(KeyRefused, match="revoked already"):
                await one.revoke(kid)


async def test_one_that_waits_is_taken_back(tmp_path: Path) -> None:
    """Then the one before it has no end again, and signs past the time at which it was to stop."""
    clock = FakeClock()
    async with process(tmp_path, clock) as one:
        old, waiting = await one.kid("signs"), await one.rotate()
        assert await one.revoke(waiting) == old
        clock.advance(signing_keys.LEAD + signing_keys.OVERLAP + 1)
        await one.feed.refresh()
        assert (await one.kid("signs"), one.takes(one.issue())) == (old, True)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_the_setting_of_another_algorithm_is_followed_without_a_refusal(
    tmp_path: Path, algorithm: Algorithm
) -> None:
    """At the next start a key of it waits; set back before it signs, it is gone without a trace."""
    clock = FakeClock()
    before: Algorithm = "ES256" if algorithm == "Ed25519" else "Ed25519"
    async with process(tmp_path, clock, before) as one:
        token = one.issue()
    async with process(tmp_path, clock, algorithm) as one:
        assert [(each.record.algorithm, each.state) for each in await one.shown()] == [
            (algorithm, "waits"),
            (before, "signs"),
        ]
    async with process(tmp_path, clock, before) as one:
        assert await one.states() == ["signs"]
    async with process(tmp_path, clock, algorithm) as one:
        clock.advance(signing_keys.LEAD)
        assert one.takes(token)
        assert one.foundation.ring.current.algorithm == algorithm
        assert one.takes(one.issue())


async def test_a_start_destroys_what_is_over(tmp_path: Path) -> None:
    """The private half alone: that there was such a key stays known."""
    clock = FakeClock()
    async with process(tmp_path, clock) as one:
        old = await one.kid("signs")
        await one.rotate()
        clock.advance(signing_keys.LEAD + signing_keys.OVERLAP)
        assert await _sealed(one, old) != b""
    async with process(tmp_path, clock) as one:
        assert await _sealed(one, old) == b""
        assert await one.states() == ["signs", "retired"]


async def test_a_key_whose_row_was_exchanged_does_not_open(tmp_path: Path) -> None:
    """Sealed for its own name: a copy under another is refused at the next start."""
    clock = FakeClock()
    async with process(tmp_path, clock) as one:
        await one.rotate()
        first, second = [each.record for each in await one.shown()]
        async with one.foundation.database.writing() as connection:
            await connection.execute(
                SigningKeyRow.__table__.update()  # type: ignore[attr-defined]
                .where(SigningKeyRow.kid == first.kid)
                .values(sealed=second.sealed)
            )
    with pytest.raises(ConfigurationError, match="does not open"):
        async with process(tmp_path, clock):
            pass


async def _sealed(one: Process, kid: str) -> bytes:
    return next(each.record.sealed for each in await one.shown() if each.record.kid == kid)
