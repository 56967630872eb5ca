"""Published vectors, offered to the verifier of foreign tokens (RFC 7520; Project Wycheproof)."""

import json
from collections.abc import Sequence

import pytest

from buckler import Issuer
from buckler.defence import Defence
from buckler.oauth.foreign_checks import FOREIGN_CHECKS
from buckler.oauth.foreign_keys import KeysUnfit, keys_in
from buckler.oauth.foreign_tokens import Proof, take_apart
from buckler.oauth.issuer import KNOWN_ALGORITHMS
from buckler.oauth.jwks_checks import JwksStrength
from buckler.tokens.jwt import InvalidToken
from buckler.tokens.segments import decode, encode
from tests.oauth.provider import dumped, segment, signature, signed, signer
from tests.proof import two_sided
from tests.tokens.vectors import Vector, rfc7520, wycheproof_keys, wycheproof_signatures

ISSUER = Issuer("https://issuer.example", audience="a", algorithms=KNOWN_ALGORITHMS)
PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "k")


def passes(vector: Vector, checks: Sequence[Defence] = FOREIGN_CHECKS) -> bool:
    """Whether the signature of the token is taken, by the keys as an issuer would publish them."""
    given = vector.public or vector.key
    listed = given.get("keys", [given])
    public = [{name: value for name, value in each.items() if name not in PRIVATE} for each in listed]
    proof = Proof(checks)
    try:
        keys = keys_in({"keys": public}, JwksStrength().fits)
        presented = take_apart(vector.token.encode())
        proof.judge_header(presented, ISSUER)
        named = [key for key in keys if presented.kid in (None, key.kid)]
        proof.signer(presented, named)
    except (InvalidToken, KeysUnfit):
        return False
    return True


def test_none_of_the_invalid_signatures_is_taken() -> None:
    """Of every vector of Wycheproof and of every form in RFC 7520."""
    vectors = [*wycheproof_signatures(), *wycheproof_keys(), *rfc7520()]
    invalid = [each for each in vectors if not each.valid]
    assert len(invalid) > 200
    assert [each.name for each in invalid if passes(each)] == []


@pytest.mark.asvs("9.1.2")
def test_a_key_for_one_algorithm_takes_no_good_signature_by_another() -> None:
    """Wycheproof 332: RS256, said in the header and made by the very key, which says that it is for PS512."""
    vector = next(each for each in wycheproof_signatures() if each.name == "332-UsingRS256")
    two_sided(
        lambda checks: passes(vector, checks),
        whole=FOREIGN_CHECKS,
        twin=tuple(each for each in FOREIGN_CHECKS if each.name != "foreign-key"),
    )


def test_valid_signatures_are_taken_but_for_what_nobody_should_use() -> None:
    """Left out: shared secrets, tokens that say nothing at all, keys that are for another algorithm than the token."""
    valid = [each for each in (*wycheproof_signatures(), *wycheproof_keys(), *rfc7520()) if each.valid]
    taken = [each for each in valid if passes(each)]
    assert len(taken) >= 10
    assert [each.name for each in taken if explained(each)] == []
    assert [each.name for each in valid if each not in taken and not explained(each)] == []


def explained(vector: Vector) -> bool:
    """Whether a good signature is refused for a reason of ours."""
    head, payload, _ = vector.token.split(".")
    if "?" in head + payload or not payload:
        return True
    alg = str(json.loads(decode(head.encode()))["alg"])
    key = vector.public or vector.key
    return alg.startswith("HS") or str(key.get("alg", alg)) != alg


@pytest.mark.parametrize("alg", ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "Ed25519", "EdDSA"])
def test_an_algorithm_takes_its_own_signatures_and_no_other(alg: str) -> None:
    """One bit less, and it does not hold."""
    by = signer("k", alg)
    good = signed({"alg": alg, "kid": "k"}, b"{}", by.key)
    broken = good[:-10] + (b"AAAAAAAAAA" if good[-10:] != b"AAAAAAAAAA" else b"BBBBBBBBBB")
    tokens = [Vector("", "", by.published(), by.published(), each.decode(), valid=True) for each in (good, broken)]
    assert [passes(each) for each in tokens] == [True, False]
    other = "RS384" if alg == "RS256" else "RS256"
    renamed = segment({"alg": other, "kid": "k"}) + b"." + segment({})
    confused = renamed + b"." + segment_of(signature(alg, by.key, renamed))
    assert not passes(Vector("", "", by.published() | {"alg": other}, None, confused.decode(), valid=False))
    assert dumped({}) == b"{}"


def segment_of(value: bytes) -> bytes:
    return encode(value).encode()
