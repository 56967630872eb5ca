"""What is remembered of verified tokens, and until when."""

import gc

from buckler import Principal
from buckler.oauth.foreign_memory import ForeignMemory
from buckler.tokens.checks import LONGEST_TOKEN
from tests.clocks import FakeClock
from tests.oauth.callers import accepted, whole
from tests.oauth.provider import NOW, provider, signer


async def test_a_token_is_verified_once() -> None:
    """Another spelling is another token; one that is too long is not looked for."""
    async with provider() as idp:
        callers = whole(idp.agreed())
        token = idp.token()
        assert callers.recall(token) is None
        found = await callers.authenticate(token)
        assert callers.recall(token) is found
        assert callers.recall(token + b"A") is None
        assert callers.recall(b"A" * (LONGEST_TOKEN + 1)) is None


async def test_what_is_over_is_forgotten() -> None:
    """At its `exp`, to the second."""
    async with provider() as idp:
        clock = FakeClock(float(NOW))
        callers = whole(idp.agreed(), clock=clock)
        token = idp.token()
        assert await accepted(callers, token)
        clock.advance(599)
        assert callers.recall(token) is not None
        clock.advance(1)
        assert callers.recall(token) is None
        assert len(callers._memory) == 0


async def test_a_token_whose_key_left_is_forgotten_at_once() -> None:
    """As soon as the keys were read, also where another key took its id."""
    async with provider() as idp:
        clock = FakeClock(float(NOW))
        callers = whole(idp.agreed(), clock=clock)
        token = idp.token()
        assert await accepted(callers, token)
        idp.signers = [signer("k1")]
        clock.advance(30)
        assert not await accepted(callers, idp.token(header={"kid": "k2"}))
        assert callers.recall(token) is None


async def test_no_text_of_a_token_is_kept() -> None:
    """Whoever reads the memory of this process finds none that opens another service."""
    async with provider() as idp:
        callers = whole(idp.agreed())
        token = idp.token()
        assert await accepted(callers, token)
        kept = gc.get_referents(callers._memory._entries)
        assert len(callers._memory) == 1
        assert all(token not in repr(each).encode() for each in kept)
        assert token.rpartition(b".")[2] not in repr(kept).encode()


async def test_it_is_bounded() -> None:
    """The oldest leaves."""
    async with provider() as idp:
        keys = whole(idp.agreed())._entries[0].keys
        memory = ForeignMemory(FakeClock(), capacity=4)
        for number in range(10):
            memory.remember(b"%d" % number, keys, b"", Principal(str(number), "x"))
        assert len(memory) == 4
