"""Each check of a foreign token from both sides: left out, its attack succeeds; in place, it fails."""

import json

import pytest

from buckler.oauth.foreign_checks import FOREIGN_CHECKS
from tests.oauth.callers import accepted, told, twin, whole
from tests.oauth.provider import AUDIENCE, NOW, Provider, provider, rsa, segment, signed, signer
from tests.proof import two_sided_async


async def prove(without: str, idp: Provider, token: bytes, **agreed: object) -> None:
    """The token passes where one check is left out, and not on the whole."""
    issuer = idp.agreed(**agreed)

    async def attack(kind: str) -> bool:
        return await accepted(twin(kind, issuer) if kind else whole(issuer), token)

    assert await accepted(whole(issuer), idp.token()) or agreed
    await two_sided_async(attack, whole="", twin=without)


def test_the_checks_have_names_of_their_own_and_an_order() -> None:
    """What costs least comes first."""
    names = ["size", "issuer", "algorithm", "extensions", "key", "signature", "type", "subject", "audience", "lifetime"]
    assert [check.name for check in FOREIGN_CHECKS] == [f"foreign-{name}" for name in names]


async def test_a_token_of_ten_megabytes_is_refused_before_any_work() -> None:
    """Though it is validly signed."""
    async with provider() as idp:
        await prove("foreign-size", idp, idp.token(padding="x" * 10_000_000))


@pytest.mark.asvs("6.8.1", "9.1.3")
async def test_the_key_of_one_issuer_does_not_speak_for_another() -> None:
    """Right signature, other issuer's key: with the same `kid`, and with its own."""
    async with provider() as idp, provider() as evil:
        evil.signers[0].kid = "evil"
        token = evil.token(iss=idp.url)

        async def attack(kind: str) -> bool:
            issuers = (idp.agreed(), evil.agreed())
            return await accepted(twin(kind, *issuers) if kind else whole(*issuers), token)

        await two_sided_async(attack, whole="", twin="foreign-issuer")
        evil.signers[0].kid = "k1"
        assert not await accepted(whole(idp.agreed(), evil.agreed()), evil.token(iss=idp.url))


@pytest.mark.parametrize("change", ["{}/", "{}x", "x{}", " {}", "{}#", "{}?", "{}/../"])
async def test_an_issuer_is_compared_as_it_stands(change: str) -> None:
    """A slash more is another issuer, and sends no request to anybody."""
    async with provider() as idp:
        callers = whole(idp.agreed())
        assert await told(callers, idp.token(iss=change.format(idp.url))) == "its issuer is none that was named"
        assert await told(callers, idp.token(iss=[idp.url])) == "its issuer is none that was named"
        assert await told(callers, idp.token(iss=None)) == "its issuer is none that was named"
        assert idp.asked == []


@pytest.mark.asvs("9.1.2")
async def test_an_algorithm_that_is_not_agreed_is_refused_though_the_key_would_allow_it() -> None:
    """RS512 by an RSA key that names no algorithm."""
    key = signer("k1", "RS512")
    key.more["alg"] = "RS512"
    async with provider(signers=[signer("k0"), key]) as idp:
        await prove("foreign-algorithm", idp, idp.token(by=key))


@pytest.mark.parametrize("alg", ["HS256", "none", "None", "NONE", "nOnE", "", "es256", "ES256 ", 1, None])
async def test_no_token_chooses_how_it_is_verified(alg: object) -> None:
    """Nor with our copy of the public key as a secret: as PEM, as DER, as JWK."""
    async with provider() as idp:
        public = idp.signers[0].key
        secrets = [
            public.as_pem(private=False),
            public.as_der(private=False),
            json.dumps(public.as_dict(private=False)).encode(),
        ]
        for secret in secrets:
            head = {"typ": "at+jwt", "kid": "k1", "alg": alg}
            token = signed(head, idp.claims(), secret)
            assert not await accepted(whole(idp.agreed()), token)
        bare = segment({"typ": "at+jwt", "kid": "k1", "alg": alg}) + b"." + segment(idp.claims())
        assert not await accepted(whole(idp.agreed()), bare + b".")
        assert not await accepted(whole(idp.agreed()), bare)


@pytest.mark.parametrize("extension", [{"crit": ["exp"], "exp": 1}, {"crit": []}, {"b64": False}, {"b64": True}])
async def test_what_must_be_understood_is_refused(extension: dict[str, object]) -> None:
    """A library that knew nothing of it would pass the token."""
    async with provider() as idp:
        await prove("foreign-extensions", idp, idp.token(header=extension))


@pytest.mark.parametrize(
    "said", [{"use": "enc"}, {"alg": "ES384"}, {"key_ops": ["sign"]}, {"key_ops": []}, {"use": "SIG"}]
)
async def test_a_key_that_is_meant_for_something_else_verifies_nothing(said: dict[str, object]) -> None:
    """Whatever could be verified by it."""
    other = signer("k2")
    other.more.update(said)
    async with provider(signers=[signer("k1"), other]) as idp:
        await prove("foreign-key", idp, idp.token(by=other))


async def test_a_changed_payload_is_refused() -> None:
    """And a signature cut short, or none."""
    async with provider() as idp:
        head, _, proof = idp.token().split(b".")
        await prove("foreign-signature", idp, b".".join((head, segment(idp.claims(sub="root")), proof)))
        assert not await accepted(whole(idp.agreed()), b".".join((head, segment(idp.claims()), proof[:-4])))


@pytest.mark.parametrize("own", ["jwk", "jku", "x5c", "x5u"])
async def test_a_key_that_the_token_brings_along_is_never_used(own: str) -> None:
    """And no request is sent to where it says."""
    async with provider() as idp, provider() as evil:
        stranger = evil.signers[0]
        told_by = {"jwk": stranger.published(), "x5c": ["AAAA"]}.get(own, f"{evil.origin}/jwks")
        token = idp.token(by=stranger, header={own: told_by})
        assert await told(whole(idp.agreed()), token) == "its signature does not hold"
        assert evil.asked == []


@pytest.mark.asvs("9.2.2")
@pytest.mark.parametrize("typ", ["JWT", "rt+jwt", "logout+jwt", "dpop+jwt", "at+jwt ", "", None, 1, ["at+jwt"]])
async def test_another_kind_of_token_is_refused(typ: object) -> None:
    """An ID token, a logout token, a proof: signed by the same key, about the same person, for us."""
    async with provider() as idp:
        await prove("foreign-type", idp, idp.token(header={"typ": typ}))


async def test_the_type_may_be_written_as_a_media_type() -> None:
    """RFC 7515 section 4.1.9: with `application/`, in any case."""
    async with provider() as idp:
        for typ in ("application/at+jwt", "AT+JWT"):
            assert await accepted(whole(idp.agreed()), idp.token(header={"typ": typ}))


@pytest.mark.parametrize("sub", [None, "", 1, ["u-1"], "x" * 256])
async def test_a_token_about_nobody_is_refused(sub: object) -> None:
    """A caller without a name would share it with others."""
    async with provider() as idp:
        await prove("foreign-subject", idp, idp.token(sub=sub))


async def test_a_token_without_the_agreed_tenant_is_refused() -> None:
    """Tenants that are empty would all be the same one."""
    async with provider() as idp:
        for tenant in (None, "", 1, ["a"]):
            await prove("foreign-subject", idp, idp.token(tid=tenant), tenant="tid")
        assert await accepted(whole(idp.agreed(tenant="tid")), idp.token(tid="acme"))


@pytest.mark.asvs("9.2.3", "10.3.1")
@pytest.mark.parametrize("aud", [None, "", "other", AUDIENCE + "/", AUDIENCE[:-1], ["other"], [AUDIENCE, 1], {}])
async def test_a_token_for_somebody_else_is_refused(aud: object) -> None:
    """A prefix, a slash more, a list that is none of texts."""
    async with provider() as idp:
        await prove("foreign-audience", idp, idp.token(aud=aud))


async def test_one_of_several_audiences_is_enough() -> None:
    """In the token, and in what was agreed."""
    async with provider() as idp:
        assert await accepted(whole(idp.agreed(audience=["a", "b"])), idp.token(aud=["x", "b"]))


@pytest.mark.asvs("9.2.1")
@pytest.mark.parametrize(
    "changes",
    [
        {"exp": NOW},
        {"exp": None},
        {"exp": "9999999999"},
        {"exp": True},
        {"exp": NOW + 0.5},
        {"exp": 2**53},
        {"iat": None},
        {"iat": NOW + 11},
        {"iat": -1},
        {"nbf": NOW + 11},
        {"nbf": "now"},
    ],
)
async def test_a_token_out_of_its_time_is_refused(changes: dict[str, object]) -> None:
    """Each time is there, a whole number, and passed or not as it must be."""
    async with provider() as idp:
        await prove("foreign-lifetime", idp, idp.token(**changes))


async def test_a_beginning_is_forgiven_as_agreed_and_an_end_never() -> None:
    """Up to the leeway."""
    async with provider() as idp:
        assert await accepted(whole(idp.agreed(leeway=60)), idp.token(iat=NOW + 60, nbf=NOW + 60))
        assert not await accepted(whole(idp.agreed(leeway=60)), idp.token(iat=NOW + 61))
        assert not await accepted(whole(idp.agreed(leeway=60)), idp.token(exp=NOW))


async def test_only_strict_json_in_its_one_spelling_is_read() -> None:
    """A member twice, half of a pair, NaN, another form of base64, five segments."""
    async with provider() as idp:
        by = idp.signers[0]
        good = json.dumps(idp.claims())
        for text in (good[:-1] + ',"sub":"root"}', good[:-1] + ',"n":NaN}', good.replace("u-1", "\\ud800"), "[]", "1"):
            token = signed({"typ": "at+jwt", "alg": "ES256", "kid": "k1"}, text.encode(), by.key)
            assert await told(whole(idp.agreed()), token) == "it is not strict JSON"
        token = idp.token()
        for spelled in (
            token + b"=",
            token.replace(b".", b"..", 1),
            token + b".AA.AA",
            b" " + token,
            b"",
            b"..",
            b"\xff",
        ):
            assert not await accepted(whole(idp.agreed()), spelled)


async def test_every_algorithm_that_can_be_agreed_verifies() -> None:
    """And where only another is agreed, it does not."""
    for alg in ("RS256", "PS256", "ES256", "EdDSA"):
        async with provider(signers=[signer("k1", alg)]) as idp:
            assert await accepted(whole(idp.agreed()), idp.token())
            assert not await accepted(whole(idp.agreed(algorithms=["ES384"])), idp.token())


async def test_a_token_without_kid_needs_a_single_key_that_fits() -> None:
    """With several it would be unclear which one was meant."""
    nameless = signer(None)
    async with provider(signers=[nameless, signer("r", "RS256")]) as idp:
        assert await accepted(whole(idp.agreed()), idp.token())
        idp.signers.append(signer("k9"))
        assert await told(whole(idp.agreed()), idp.token()) == "its key is unclear"
    assert rsa() is rsa()
