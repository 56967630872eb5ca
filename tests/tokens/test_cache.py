"""Remembered tokens: as good as verified anew, at every hit."""

import pytest

from buckler.errors import ConfigurationError
from buckler.tokens.cache import VerifiedTokens
from buckler.tokens.checks import SignatureCheck
from buckler.tokens.claims import Claims
from buckler.tokens.jwt import InvalidToken
from buckler.tokens.keys import KeyRing, SigningKey
from buckler.tokens.revocation import Ended, Revocations
from tests.clocks import FakeClock
from tests.proof import two_sided
from tests.tokens.forge import NOW, accepted, good, our_key, their_key, twin, whole, written


def itself(claims: Claims) -> Claims:
    """What is held here for a token: what it says."""
    return claims


class House:
    """A cache with all that it stands on."""

    def __init__(self, *, revoking: bool = True, capacity: int = 65_536) -> None:
        self.clock = FakeClock(float(NOW))
        self.ring = KeyRing([our_key()], self.clock)
        self.revocations = Revocations(self.clock)
        self.tokens = whole(self.clock, self.ring)
        self.verified = VerifiedTokens(
            self.tokens, self.revocations if revoking else None, self.clock, itself, capacity=capacity
        )


class Careless(VerifiedTokens[Claims]):
    """The twin that trusts its memory for ever."""

    def recall(self, token: bytes) -> Claims | None:
        return next((part[token][3] for part in self._parts if token in part), None)


def test_a_verified_token_is_recalled() -> None:
    """Nothing is known before, the same claims after."""
    house, token = House(), written(good())
    assert house.verified.recall(token) is None
    claims = house.verified.verify(token)
    assert house.verified.recall(token) is claims
    assert house.verified.verify(token) is claims
    assert len(house.verified) == 1


def test_what_is_held_is_made_once_a_token() -> None:
    """However often it is asked for; for a token that is not good nothing is made."""
    house, token, made = House(), written(good()), list[Claims]()

    def make(claims: Claims) -> object:
        made.append(claims)
        return object()

    verified = VerifiedTokens(house.tokens, house.revocations, house.clock, make)
    assert len({id(verified.verify(token)) for _ in range(5)} | {id(verified.recall(token))}) == 1
    assert not accepted(verified, written(good(exp=NOW)))
    assert [claims.token_id for claims in made] == ["token-1"]


class Counting(SignatureCheck):
    """The real check, and how often it was asked."""

    asked = 0

    def holds(self, key: SigningKey, text: bytes, signature: bytes) -> bool:
        self.asked += 1
        return super().holds(key, text, signature)


def test_a_remembered_token_costs_no_second_signature_check() -> None:
    """One check for many requests."""
    counting, clock, token = Counting(), FakeClock(float(NOW)), written(good())
    verified = VerifiedTokens(twin("signature", instead=(counting,)), None, clock, itself)
    for _ in range(10):
        verified.verify(token)
    assert counting.asked == 1


def test_a_bad_token_is_never_remembered() -> None:
    """Failures fill no memory."""
    house = House()
    for token in (b"", b"x", written(good(exp=NOW)), written(good(), key=their_key()), b"x" * 9000):
        assert not accepted(house.verified, token)
        assert house.verified.recall(token) is None
    assert len(house.verified) == 0


@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
def test_an_expired_token_is_refused(warm: bool) -> None:
    """To the second, whether it was remembered or not."""
    house, token = House(), written(good())
    if warm:
        house.verified.verify(token)
    house.clock.advance(599.9)
    assert accepted(house.verified, token)
    house.clock.advance(0.1)
    assert house.verified.recall(token) is None
    assert not accepted(house.verified, token)


@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
def test_a_revoked_token_is_refused(warm: bool) -> None:
    """Without revocations it lives on until it expires."""

    def replayed(house: House) -> bool:
        token = written(good())
        if warm:
            house.verified.verify(token)
        house.revocations.end(Ended("token", "token-1", NOW + 600))
        return accepted(house.verified, token) and house.verified.recall(token) is not None

    two_sided(replayed, whole=House(), twin=House(revoking=False))


def test_a_revoked_token_cannot_be_spelled_anew() -> None:
    """No other text says the same token: the remembered id is not dodged."""
    house, token = House(), written(good())
    house.verified.verify(token)
    house.revocations.end(Ended("token", "token-1", NOW + 600))
    for last in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
        assert not accepted(house.verified, token[:-1] + bytes([last]))
    for other in (token + b"=", token + b"==", b" " + token, token + b".", token.swapcase()):
        assert not accepted(house.verified, other)


@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
def test_a_token_of_a_key_that_was_removed_is_refused(warm: bool) -> None:
    """At the very next request."""
    house, token = House(), written(good())
    if warm:
        house.verified.verify(token)
    house.ring.replace([their_key()])
    assert house.verified.recall(token) is None
    assert not accepted(house.verified, token)
    assert accepted(house.verified, written(good(), key=their_key()))


@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
def test_a_token_does_not_outlive_its_key(warm: bool) -> None:
    """A key whose time is over verifies nothing, though the token would live and was remembered."""
    house, token = House(), written(good())
    house.ring.replace([our_key().during(0, NOW + 300), their_key().during(NOW)])
    if warm:
        house.verified.verify(token)
    house.clock.advance(299.9)
    assert accepted(house.verified, token)
    house.clock.advance(0.1)
    assert house.verified.recall(token) is None
    assert not accepted(house.verified, token)


def test_a_change_of_keys_that_spares_a_token_costs_it_no_second_check() -> None:
    """It is judged by its marks again, and stays remembered."""
    house, token = House(), written(good())
    held = house.verified.verify(token)
    house.ring.replace([their_key(), our_key()])
    assert house.verified.recall(token) is held
    house.revocations.end(Ended("token", "another", NOW + 600))
    assert house.verified.recall(token) is held


def test_an_end_of_session_or_account_is_seen_by_each_of_its_tokens() -> None:
    """And by no other, on a hit."""
    mine, other = written(good(sid="s", ver=1)), written(good(sid="t", ver=2, jti="token-2"))
    for ended in (Ended("session", "s", NOW + 600), Ended("account", "bob", NOW + 600, 2)):
        fresh = House()
        for token in (mine, other):
            fresh.verified.verify(token)
        fresh.revocations.end(ended)
        assert [fresh.verified.recall(token) is not None for token in (mine, other)] == [False, True]
        assert [accepted(fresh.verified, token) for token in (mine, other)] == [False, True]


@pytest.mark.parametrize("seconds", [1.001, -0.001], ids=["too long ago", "set back"])
def test_nothing_is_recalled_while_others_may_have_ended_it(seconds: float) -> None:
    """Nor forgotten: once that is known again, the token is as good as before."""
    house, token = House(), written(good())
    house.verified.verify(token)
    house.revocations.know(house.clock.now(), 1.0)
    house.clock.advance(seconds)
    assert house.verified.recall(token) is None
    house.revocations.know(house.clock.now(), 1.0)
    assert house.verified.recall(token) is not None


@pytest.mark.asvs("9.2.1")
def test_memory_alone_would_let_ended_tokens_in() -> None:
    """Expiry, revocation and trust in the key are each asked on a hit; the twin shows what a plain memory does."""

    def expire(house: House) -> None:
        house.clock.advance(600)

    def revoke(house: House) -> None:
        house.revocations.end(Ended("token", "token-1", NOW + 600))

    def distrust(house: House) -> None:
        house.ring.replace([their_key()])

    for end in (expire, revoke, distrust):

        def replayed(kind: type[VerifiedTokens[Claims]], end: object = end) -> bool:
            house, token = House(), written(good())
            cache = kind(house.tokens, house.revocations, house.clock, itself)
            cache.verify(token)
            assert callable(end)
            end(house)
            return accepted(cache, token)

        two_sided(replayed, whole=VerifiedTokens, twin=Careless)


def test_an_ended_token_leaves_the_memory_at_its_next_use() -> None:
    """It is dropped, not only skipped."""
    house, token = House(), written(good())
    house.verified.verify(token)
    house.revocations.end(Ended("token", "token-1", NOW + 600))
    house.verified.recall(token)
    assert len(house.verified) == 0


def test_the_memory_is_bounded_and_the_oldest_go_first() -> None:
    """Four times as many tokens as it holds: never more than its capacity, and the last one is there."""
    house = House(capacity=256)
    for number in range(1024):
        token = written(good(jti=f"token-{number}"))
        house.verified.verify(token)
        assert house.verified.recall(token) is not None
    assert 200 < len(house.verified) <= 256


def test_a_part_that_holds_several_drops_its_oldest() -> None:
    """First in, first out: each part holds the last two of those that fell into it."""
    house = House(capacity=512)
    fallen: list[list[bytes]] = [[] for _ in house.verified._parts]
    for number in range(1500):
        token = written(good(jti=f"token-{number}"))
        house.verified.verify(token)
        [place] = [index for index, part in enumerate(house.verified._parts) if token in part]
        fallen[place].append(token)
    assert max(map(len, fallen)) > 2
    assert [list(part) for part in house.verified._parts] == [tokens[-2:] for tokens in fallen]


def test_a_capacity_that_cannot_be_kept_is_refused() -> None:
    """It is divided into 256 parts."""
    with pytest.raises(ConfigurationError, match="256"):
        House(capacity=255)


def test_a_revoked_token_says_why_in_private_only() -> None:
    """The reason is for the log."""
    house, token = House(), written(good())
    house.revocations.end(Ended("token", "token-1", NOW + 600))
    with pytest.raises(InvalidToken, match=r"^The token is not good\.$") as caught:
        house.verified.verify(token)
    assert caught.value.reason == "it was revoked"
