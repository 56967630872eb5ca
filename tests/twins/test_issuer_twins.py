"""Each defence of foreign tokens is needed: without it, and it alone, its attack succeeds over HTTP."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from buckler import Buckler, Requires
from tests.clocks import FakeClock
from tests.oauth.provider import NOW, Provider, Signer, answer, provider, rsa, segment, signer
from tests.proof import two_sided_async
from tests.stage import development, people
from tests.twins.test_twins import twin_tests
from tests.twins.twin import Roster, Twin
from tests.wire import ask


class Site:
    """An app whose callers come from one issuer, or from two."""

    def __init__(self, kind: type[Buckler], idp: Provider, *others: Provider, **given: Any) -> None:
        self.app = FastAPI()
        self.app.add_api_route("/mine", lambda: "inside", dependencies=[Requires()])
        self.idp, self.others, self.clock = idp, others, FakeClock(float(NOW))
        settings = development(max_header_bytes=65_536)
        issuers = [each.agreed() for each in (idp, *others)]
        self.buckler = kind(self.app, issuers=issuers, settings=settings, clock=self.clock, **given)

    async def lets_in(self, token: bytes) -> bool:
        answered = await ask(self.app, "GET", "/mine", token=token.decode(), scheme="http", host="localhost")
        assert answered.status in (200, 401, 503)
        return answered.status == 200


Attack = Callable[[Site], Awaitable[bool]]


async def prove(without: str, attack: Attack, **given: Any) -> None:
    """Each side has issuers of its own."""
    async with provider(**given) as first, provider(**given) as second, provider() as other, provider() as another:
        sound = Site(Buckler, first, other)
        open_ = Site(Twin, second, another, without=without)
        await two_sided_async(attack, whole=sound, twin=open_)
        await sound.buckler.stop()
        await open_.buckler.stop()


def forged(**given: Any) -> Attack:
    """The attack with a token that differs from a good one in this."""

    async def attack(site: Site) -> bool:
        return await site.lets_in(site.idp.token(**given))

    return attack


async def test_foreign_size() -> None:
    """A token of twenty kilobytes is taken apart, verified and read."""
    await prove("foreign-size", forged(padding="x" * 20_000))


@pytest.mark.asvs("6.8.1", "9.1.3")
async def test_foreign_issuer() -> None:
    """The key of one issuer makes callers of another."""

    async def attack(site: Site) -> bool:
        other = site.others[0]
        other.signers[0].kid = "theirs"
        return await site.lets_in(other.token(iss=site.idp.url))

    await prove("foreign-issuer", attack)


@pytest.mark.asvs("9.1.2")
async def test_foreign_algorithm() -> None:
    """The token chooses an algorithm that nobody agreed to."""
    await prove("foreign-algorithm", forged(), signers=[signer("k1", "RS384")])


async def test_foreign_extensions() -> None:
    """What the header says must be understood is passed over."""
    await prove("foreign-extensions", forged(header={"crit": ["exp"], "exp": 1}))


async def test_foreign_key() -> None:
    """A key for encryption makes callers."""
    await prove("foreign-key", forged(), signers=[signer("k1", use="enc")])


@pytest.mark.asvs("6.8.2", "9.1.1")
async def test_foreign_signature() -> None:
    """Anybody writes who they are."""

    async def attack(site: Site) -> bool:
        head, _, proof = site.idp.token().split(b".")
        return await site.lets_in(b".".join((head, segment(site.idp.claims(sub="root")), proof)))

    await prove("foreign-signature", attack)


@pytest.mark.asvs("9.2.2")
async def test_foreign_type() -> None:
    """An ID token opens the API."""
    await prove("foreign-type", forged(header={"typ": "JWT"}, nonce="n"))


async def test_foreign_subject() -> None:
    """A caller who is nobody."""
    await prove("foreign-subject", forged(sub=None))


@pytest.mark.asvs("9.2.3", "10.3.1")
async def test_foreign_audience() -> None:
    """A token for another service opens this one."""
    await prove("foreign-audience", forged(aud="https://other.example"))


@pytest.mark.asvs("9.2.1")
async def test_foreign_lifetime() -> None:
    """A token that is over is as good as ever."""
    await prove("foreign-lifetime", forged(exp=NOW))


@pytest.mark.asvs("10.5.3")
async def test_jwks_metadata() -> None:
    """A document of somebody else says where the keys are."""

    async def attack(site: Site) -> bool:
        metadata = {"issuer": "https://evil.example", "jwks_uri": f"{site.idp.origin}/jwks"}
        site.idp.documents["/.well-known/openid-configuration"] = answer(metadata)
        return await site.lets_in(site.idp.token())

    await prove("jwks-metadata", attack)


@pytest.mark.asvs("11.2.3")
async def test_jwks_strength() -> None:
    """A key that can be factored."""
    await prove("jwks-strength", forged(), signers=[Signer("k1", rsa(1024), "RS256")])


async def test_jwks_cool_down() -> None:
    """Each token with a random id makes us ask the issuer."""

    async def attack(site: Site) -> bool:
        for number in range(20):
            assert not await site.lets_in(site.idp.token(header={"kid": f"random-{number}"}))
        return site.idp.fetches > 1

    await prove("jwks-cool-down", attack)


async def test_jwks_age() -> None:
    """A key that its issuer took out a day ago."""

    async def attack(site: Site) -> bool:
        token = site.idp.token(exp=NOW + 200_000)
        assert await site.lets_in(token)
        site.idp.signers = [signer("k2")]
        site.clock.advance(86_400)
        return await site.lets_in(token)

    await prove("jwks-age", attack)


def test_every_defence_of_foreign_tokens_has_a_twin() -> None:
    """And no twin is of one that is gone."""
    edge = Roster(FastAPI(), settings=development(), authenticator=people())
    issuer = Provider(port=1).agreed()
    foreign = Roster(FastAPI(), settings=development(), issuers=[issuer])
    assert len(foreign.names) == len(set(foreign.names))
    assert set(foreign.names) - set(edge.names) == twin_tests(Path(__file__))
