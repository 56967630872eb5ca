"""Each check of published keys from both sides, on a clock that the test turns."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

from buckler.oauth.foreign_callers import ForeignCallers
from buckler.oauth.jwks_checks import COOL_DOWN, JWKS_CHECKS, OLDEST, REFRESH_AFTER
from buckler.oauth.key_source import KeySource
from tests.clocks import FakeClock
from tests.oauth.callers import accepted, told, twin, whole
from tests.oauth.provider import NOW, Provider, Signer, answer, provider, rsa, signer
from tests.proof import two_sided_async
from tests.waiting import wait_until_async

Site = tuple[Provider, ForeignCallers, FakeClock]


async def prove(without: str, attack: Callable[[Site], Awaitable[bool]], **given: Any) -> None:
    """Each side has an issuer of its own."""
    async with provider(**given) as first, provider(**given) as second:
        clocks = FakeClock(float(NOW)), FakeClock(float(NOW))
        sound = whole(first.agreed(), clock=clocks[0])
        open_ = twin(without, second.agreed(), clock=clocks[1])
        await two_sided_async(attack, whole=(first, sound, clocks[0]), twin=(second, open_, clocks[1]))
        await sound.close()
        await open_.close()


def test_the_checks_have_names_of_their_own() -> None:
    """And an order."""
    assert [check.name for check in JWKS_CHECKS] == ["jwks-metadata", "jwks-strength", "jwks-cool-down", "jwks-age"]


@pytest.mark.asvs("10.5.3")
async def test_metadata_of_another_issuer_is_no_metadata() -> None:
    """A document that names somebody else, or a slash more."""
    for change in ("{}/", "https://evil.example", ""):

        async def attack(site: Site, change: str = change) -> bool:
            idp, callers, _ = site
            idp.documents["/.well-known/openid-configuration"] = answer(
                {"issuer": change.format(idp.url), "jwks_uri": f"{idp.origin}/jwks"}
            )
            return await accepted(callers, idp.token())

        await prove("jwks-metadata", attack)


@pytest.mark.asvs("11.2.3")
async def test_an_rsa_key_below_2048_bits_is_no_key() -> None:
    """One of 1024 bits can be had for money."""

    async def attack(site: Site) -> bool:
        return await accepted(site[1], site[0].token())

    await prove("jwks-strength", attack, signers=[Signer("k1", rsa(1024), "RS256")])


async def test_a_thousand_random_ids_are_one_fetch_a_cool_down() -> None:
    """All at once, and one after the other."""

    async def attack(site: Site) -> bool:
        idp, callers, clock = site
        assert await accepted(callers, idp.token())
        for _ in range(3):
            clock.advance(COOL_DOWN)
            before = idp.fetches
            tokens = [idp.token(header={"kid": f"random-{number}"}) for number in range(50)]
            await asyncio.gather(*(accepted(callers, token) for token in tokens[:25]))
            for token in tokens[25:]:
                assert not await accepted(callers, token)
            assert idp.fetches > before
        return idp.fetches > 4

    await prove("jwks-cool-down", attack)


async def test_a_thousand_random_ids_in_one_cool_down() -> None:
    """One fetch for the keys, none for the ids."""
    async with provider() as idp:
        callers = whole(idp.agreed())
        for number in range(1000):
            assert not await accepted(callers, idp.token(header={"kid": f"random-{number}"}))
        assert idp.fetches == 1


async def test_a_key_rotated_in_is_accepted_within_a_minute_while_random_ids_are_thrown() -> None:
    """The cool-down is no denial."""
    async with provider() as idp:
        clock = FakeClock(float(NOW))
        callers = whole(idp.agreed(), clock=clock)
        assert await accepted(callers, idp.token())
        new = signer("k2")
        idp.signers.append(new)
        seconds = 0
        while not await accepted(callers, idp.token(by=new)):
            assert not await accepted(callers, idp.token(header={"kid": f"random-{seconds}"}))
            clock.advance(1)
            seconds += 1
            assert seconds <= 60
        assert idp.fetches == 2


@pytest.mark.parametrize("busy", [True, False])
async def test_a_key_removed_upstream_is_refused_within_the_hour(*, busy: bool) -> None:
    """With calls each minute, and with none between: also a token that was verified before."""

    async def attack(site: Site) -> bool:
        idp, callers, clock = site
        old = idp.token(exp=NOW + 100_000)
        assert await accepted(callers, old)
        idp.signers = [signer("k2")]
        for _ in range(60):
            clock.advance(60)
            if busy and callers.recall(old) is not None:
                await settle(callers)
        known = callers.recall(old) is not None
        return known or await accepted(callers, old)

    await prove("jwks-age", attack)


async def settle(callers: ForeignCallers) -> None:
    """Let what is asked behind the requests end."""
    for entry in callers._entries:
        asking = entry.keys._asking
        if asking is not None:
            await asyncio.wait({asking})


async def test_keys_are_asked_for_anew_behind_the_requests() -> None:
    """Nobody waits for it, though the issuer has fallen silent."""
    async with provider() as idp:
        clock = FakeClock(float(NOW))
        callers = whole(idp.agreed(), clock=clock)
        token = idp.token(exp=NOW + 100_000)
        assert await accepted(callers, token)
        idp.silent = True
        clock.advance(REFRESH_AFTER)
        assert callers.recall(token) is not None
        assert await accepted(callers, token)
        await wait_until_async(lambda: len(idp.asked) == 3)
        await callers.close()
        await callers.close()


async def test_keys_outlive_an_outage_by_an_hour_and_no_longer() -> None:
    """Then nobody can tell: the answer is 503, and never the endpoint's."""
    async with provider() as idp:
        clock = FakeClock(float(NOW))
        callers = whole(idp.agreed(), clock=clock)
        token = idp.token(exp=NOW + 100_000)
        assert await accepted(callers, token)
        idp.down = True
        for _ in range(5):
            clock.advance(REFRESH_AFTER)
            assert await accepted(callers, token)
            await settle(callers)
        clock.advance(OLDEST - 5 * REFRESH_AFTER)
        assert callers.recall(token) is None
        assert (await told(callers, token)).startswith("the keys of its issuer cannot be had")
        asked = len(idp.asked)
        assert (await told(callers, token)).startswith("the keys of its issuer cannot be had")
        assert len(idp.asked) == asked, "in the pause after a failure nobody asks again"
        idp.down = False
        clock.advance(10)
        assert await accepted(callers, token)


async def test_a_hundred_first_requests_are_one_fetch() -> None:
    """They wait together; one that is given up does not end it for the others."""
    async with provider() as idp:
        idp.held = asyncio.Event()
        callers = whole(idp.agreed())
        tasks = [asyncio.create_task(accepted(callers, idp.token(jti=f"t-{number}"))) for number in range(100)]
        await wait_until_async(lambda: len(idp.asked) == 1)
        tasks[0].cancel()
        idp.held.set()
        assert all(await asyncio.gather(*tasks[1:]))
        assert idp.fetches == 1


async def test_a_silent_issuer_holds_a_request_no_longer_than_the_time_for_one_asking(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Three seconds for all its documents together; here a tenth of one."""
    monkeypatch.setattr("buckler.oauth.key_source.SECONDS", 0.1)
    async with provider() as idp:
        idp.silent = True
        callers = whole(idp.agreed())
        assert await told(callers, idp.token()) == "the keys of its issuer cannot be had: too-slow"


LED_ASTRAY = {
    "a file": ("file:///etc/passwd", "scheme-not-allowed"),
    "plain HTTP elsewhere": ("http://198.51.100.7/jwks", "host-not-allowed"),
    "link-local": ("http://169.254.169.254/jwks", "host-not-allowed"),
    "another port": ("http://127.0.0.1:1/jwks", "port-not-allowed"),
    "another scheme": ("https://127.0.0.1/jwks", "scheme-not-allowed"),
    "no address": ("", "metadata-without-keys"),
}


@pytest.mark.parametrize("where", LED_ASTRAY)
async def test_metadata_leads_to_its_issuer_s_own_place_and_no_other(where: str) -> None:
    """Whatever it says."""
    place, code = LED_ASTRAY[where]
    async with provider() as idp:
        metadata = {"issuer": idp.url, "jwks_uri": place}
        idp.documents["/.well-known/openid-configuration"] = answer(metadata)
        assert await told(whole(idp.agreed()), idp.token()) == f"the keys of its issuer cannot be had: {code}"
        assert idp.fetches == 0


REDIRECT = b"HTTP/1.1 302 Found\r\nLocation: %b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
ANSWERS = {
    "a redirect": (REDIRECT % b"http://169.254.169.254/", "redirected"),
    "a redirect to itself": (REDIRECT % b"/other", "redirected"),
    "huge": (answer(b'{"keys": []' + b" " * 70_000 + b"}"), "answer-too-large"),
    "no JSON": (answer(b"<html>"), "answer-malformed"),
    "a member twice": (answer(b'{"keys": [], "keys": []}'), "answer-malformed"),
    "a list": (answer(b"[]"), "answer-unfit"),
    "no keys": (answer(b"{}"), "keys-malformed"),
    "too many keys": (answer({"keys": [{}] * 101}), "keys-malformed"),
    "an error": (b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "answer-status"),
}


@pytest.mark.parametrize("kind", ANSWERS)
async def test_an_answer_that_is_no_jwk_set_gives_no_keys(kind: str) -> None:
    """Nothing follows it, nothing holds it, nobody is let in."""
    said, code = ANSWERS[kind]
    async with provider() as idp:
        idp.documents["/jwks"] = said
        idp.documents["/other"] = answer({"keys": [each.published() for each in idp.signers]})
        assert await told(whole(idp.agreed()), idp.token()) == f"the keys of its issuer cannot be had: {code}"
        assert "/other" not in idp.asked


async def test_a_bad_answer_does_not_end_keys_that_are_good() -> None:
    """While they are not too old."""
    async with provider() as idp:
        clock = FakeClock(float(NOW))
        callers = whole(idp.agreed(), clock=clock)
        assert await accepted(callers, idp.token())
        idp.documents["/jwks"] = answer(b"<html>")
        clock.advance(COOL_DOWN)
        assert await told(callers, idp.token(header={"kid": "k2"})) == "no key of its issuer is meant for it"
        assert await accepted(callers, idp.token())
        idp.documents["/jwks"] = answer({"keys": []})
        clock.advance(COOL_DOWN)
        assert not await accepted(callers, idp.token(header={"kid": "k2"}))
        assert await told(callers, idp.token()) == "no key of its issuer is meant for it"


class Rebinding:
    """A name server that answers with a public address first, and with loopback from then on."""

    def __init__(self) -> None:
        self.asked = 0

    async def resolve(self, host: str, port: int) -> list[str]:
        self.asked += 1
        return ["127.0.0.1"]


async def test_a_name_that_leads_inside_is_not_connected_to() -> None:
    """Unless the host was named as one of ours."""
    async with provider() as idp:
        from buckler import Issuer

        issuer = Issuer("https://idp.example.com", audience="a", jwks_uri=f"https://idp.example.com:{idp.port}/jwks")
        resolver = Rebinding()
        callers = whole(issuer, resolver=resolver)
        token = idp.token(iss=issuer.url, aud="a")
        assert await told(callers, token) == "the keys of its issuer cannot be had: address-not-public"
        assert (resolver.asked, idp.asked) == (1, [])


async def test_metadata_by_rfc_8414_is_found_too() -> None:
    """Where the path of OpenID Connect is 404; the well-known part goes before the issuer's own path."""
    async with provider(path="/realms/x") as idp:
        metadata = answer({"issuer": idp.url, "jwks_uri": f"{idp.origin}/jwks"})
        idp.documents["/.well-known/oauth-authorization-server/realms/x"] = metadata
        assert await accepted(whole(idp.agreed()), idp.token())
        assert idp.asked[0] == "/realms/x/.well-known/openid-configuration"
        idp.documents[idp.asked[0]] = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        assert await accepted(whole(idp.agreed()), idp.token())


async def test_named_keys_need_no_metadata() -> None:
    """`jwks_uri=` is asked directly."""
    async with provider() as idp:
        assert await accepted(whole(idp.agreed(jwks_uri=f"{idp.origin}/jwks")), idp.token())
        assert idp.asked == ["/jwks"]


async def test_whatever_else_breaks_is_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail closed, with the name of the error in the log."""

    async def breaks(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(KeySource, "read", breaks)
    async with provider() as idp:
        reason = await told(whole(idp.agreed()), idp.token())
        assert reason == "the keys of its issuer cannot be had: ZeroDivisionError"


class Gullible(KeySource):
    """Follows whatever an answer says, as clients do that nobody told otherwise."""

    async def _fetch(self, url: str) -> dict[str, object]:
        async with httpx2.AsyncClient(follow_redirects=True) as client:
            document: dict[str, object] = (await client.get(url)).json()
            return document


@pytest.mark.asvs("1.3.6", "9.1.3")
@pytest.mark.parametrize("way", ["redirect", "metadata", "redirect of metadata"])
async def test_no_answer_leads_to_the_keys_of_a_stranger(way: str) -> None:
    """A redirect, or metadata that names another place, on this machine or in this network."""
    async with provider() as idp, provider() as evil:
        stolen = {"issuer": idp.url, "jwks_uri": f"{evil.origin}/jwks"}
        evil.documents["/metadata"] = answer(stolen)
        idp.documents = {
            "redirect": {"/jwks": REDIRECT % f"{evil.origin}/jwks".encode()},
            "metadata": {"/.well-known/openid-configuration": answer(stolen)},
            "redirect of metadata": {
                "/.well-known/openid-configuration": REDIRECT % f"{evil.origin}/metadata".encode()
            },
        }[way]

        async def attack(callers: ForeignCallers) -> bool:
            return await accepted(callers, evil.token(iss=idp.url))

        gullible = whole(idp.agreed())
        gullible._entries[0].keys._source = Gullible(idp.agreed(), FakeClock(), None, None)
        await two_sided_async(attack, whole=whole(idp.agreed()), twin=gullible)
