"""None of the published vectors gets past us: Wycheproof's signatures and the examples of RFC 7520.

Our verifier knows a token by its exact header, so a foreign one ends there. To put the rest to the test, each
vector's own key is given the header that its token has: then segments and signature alone decide.

Where the sets and we differ, the vectors are named below with the reason, and the reason is a test.
"""

import json
from dataclasses import replace
from functools import cache

import pytest
from joserfc.jwk import RSAKey

from buckler.tokens.algorithms import PAIRS, Algorithm
from buckler.tokens.jwt import AccessTokens, InvalidToken
from buckler.tokens.keys import KeyRing, SigningKey
from buckler.tokens.segments import decode, encode
from tests.proof import two_sided
from tests.tokens.forge import accepted, twin, whole
from tests.tokens.vectors import Vector, rfc7520, wycheproof_signatures

ORDER = 0xFFFFFFFF_00000000_FFFFFFFF_FFFFFFFF_BCE6FAAD_A7179E84_F3B9CAC2_FC632551
OURS: dict[str, Algorithm] = {"oct": "HS256", "EC": "ES256", "RSA": "RS256"}
REBOUND = {"331-UsingRS256", "332-UsingRS256"}
"""Good RS256 signatures, bad because their key says `PS512`. As a key for RS256, which it is not, it made them."""
SAME_AS_A_GOOD_ONE = {"367-invalidBase64Padding", "370-invalidBase64PaddingInPayload"}
"""Published as invalid, and without the padding of which they tell: letter for letter the valid vector 357."""
REFUSED_THOUGH_VALID = {
    "372-InvalidCharacterInsertedInHeader": "base64url has no other characters (RFC 7515 section 2)",
    "373-InvalidCharacterInsertedInPayload": "base64url has no other characters (RFC 7515 section 2)",
    "4_5.signature_with_detached_content-compact": "a token without its payload (RFC 7515 appendix F) says nothing",
}
BEFORE_THE_CLAIMS = {
    "it is too long",
    "it has not three segments of base64url",
    "a segment is not the canonical base64url",
    "its header is not that of a key of ours",
    "its signature does not hold",
}


def signing_key(vector: Vector) -> SigningKey | None:
    """The vector's key as one of ours, or None where we have no such kind."""
    members = {name: value for name, value in vector.key.items() if name not in {"alg", "use", "key_ops", "kid"}}
    return _restored(json.dumps(members)) if members.get("crv", "P-256") == "P-256" else None


@cache
def _restored(jwk: str) -> SigningKey:
    members = json.loads(jwk)
    kind = members["kty"]
    private = decode(members["k" if kind == "oct" else "d"].encode())
    if kind == "RSA":
        private = RSAKey.import_key(members).as_der(private=True)
    return SigningKey.restore(private, OURS[kind])


def algorithm_of(vector: Vector) -> object:
    """What the token says it was signed with, as far as it can be read; otherwise what its key says."""
    try:
        return json.loads(decode(vector.token.split(".")[0].encode()))["alg"]
    except ValueError:
        return vector.key.get("alg")


VECTORS = [
    (vector, key) for vector in (*wycheproof_signatures(), *rfc7520()) if (key := signing_key(vector)) is not None
]
FOR_ENCRYPTION = [pair for pair in VECTORS if "encryption" in pair[0].group]
INVALID = [pair for pair in VECTORS if not pair[0].valid and pair not in FOR_ENCRYPTION]
VALID = [pair for pair in VECTORS if pair[0].valid and algorithm_of(pair[0]) == pair[1].algorithm]
OTHERS = [pair for pair in VECTORS if pair[0].valid and algorithm_of(pair[0]) != pair[1].algorithm]


LENIENTLY = [pair for pair in INVALID if pair[0].name not in REBOUND | SAME_AS_A_GOOD_ONE]
HOLDING = [pair for pair in VALID if pair[0].name not in REFUSED_THOUGH_VALID]


def named(pairs: list[tuple[Vector, SigningKey]]) -> list[object]:
    return [pytest.param(vector, key, id=vector.name) for vector, key in pairs]


def lenient(vector: Vector, key: SigningKey, *left_out: str) -> AccessTokens:
    """A verifier that knows this token's header as one of the vector's key."""
    return twin(*left_out, ring=KeyRing([replace(key, header=vector.token.split(".")[0])]))


def authentic(tokens: AccessTokens, token: str) -> bool:
    """Whether segments and signature were good: what is judged after them is another matter."""
    try:
        tokens.verify(token.encode())
    except InvalidToken as error:
        return error.reason not in BEFORE_THE_CLAIMS
    return True


@pytest.mark.asvs("9.1.1", "11.2.5")
@pytest.mark.parametrize(("vector", "key"), named(INVALID))
def test_no_invalid_vector_is_accepted(vector: Vector, key: SigningKey) -> None:
    """Not one of them, by the verifier as users have it."""
    assert not accepted(whole(ring=KeyRing([key])), vector.token.encode())


@pytest.mark.asvs("9.1.1", "11.2.5")
@pytest.mark.parametrize(("vector", "key"), named(LENIENTLY))
def test_no_invalid_vector_is_authentic(vector: Vector, key: SigningKey) -> None:
    """Even where its header is taken for that of its key."""
    assert not authentic(lenient(vector, key), vector.token)


def test_what_is_excused_is_what_needs_it() -> None:
    """The names above are those of the vectors about which the sets and we differ, and of no others."""
    assert {vector.name for vector, key in INVALID if authentic(lenient(vector, key), vector.token)} == {
        *REBOUND,
        *SAME_AS_A_GOOD_ONE,
    }
    assert {vector.name for vector, key in VALID if not holds(vector, key)} == {*REFUSED_THOUGH_VALID}


def test_a_key_that_says_another_algorithm_is_none_of_ours() -> None:
    """The two good RS256 signatures are by keys for PS512, of which no ring of ours holds any.

    How a foreign key of that kind refuses them stands in `tests/oauth/test_signatures.py`.
    """
    found = [(vector.key["alg"], key.algorithm) for vector, key in INVALID if vector.name in REBOUND]
    assert found == [("PS512", "RS256")] * len(REBOUND)
    assert "PS512" not in PAIRS


@pytest.mark.parametrize("padding", ["=", "==", "===", "%3D"])
@pytest.mark.parametrize("place", range(3))
def test_the_padding_of_which_two_vectors_tell_is_refused(padding: str, place: int) -> None:
    """On each segment, also where it was signed so; without any, all is well."""
    vector, key = next(pair for pair in VALID if pair[0].name == "357-ValidMac")
    assert {it.token for it, _ in INVALID if it.name in SAME_AS_A_GOOD_ONE} == {vector.token}
    assert authentic(lenient(vector, key), vector.token)
    segments = vector.token.split(".")
    segments[place] += padding
    text = ".".join(segments[:2])
    proofs = {segments[2]} if place == 2 else {segments[2], encode(key.sign(text.encode()))}
    for proof in proofs:
        padded = replace(vector, token=f"{text}.{proof}")
        assert not authentic(lenient(padded, key), padded.token)


@pytest.mark.parametrize(("vector", "key"), named([pair for pair in VALID if pair[0].name in REFUSED_THOUGH_VALID]))
def test_what_is_refused_though_the_sets_say_valid(vector: Vector, key: SigningKey) -> None:
    """Each is refused for its form, before any key is asked. Its signature holds for the text as it should be."""
    with pytest.raises(InvalidToken) as caught:
        lenient(vector, key).verify(vector.token.encode())
    assert caught.value.reason == "it has not three segments of base64url"
    head, payload, signature = vector.token.split(".")
    detached = next(it.token.split(".")[1] for it in rfc7520() if it.name == "4_5.signature_with_detached_content-oct")
    text = f"{head}.{payload or detached}".replace("?", "")
    assert key.signed(text.encode(), decode(signature.encode()))


@pytest.mark.asvs("9.1.1", "11.6.1")
@pytest.mark.parametrize(
    ("vector", "key"), named([pair for pair in INVALID if pair[0].flags & {"ModifiedPadding", "ModifiedSignature"}])
)
def test_the_signature_is_what_refuses_a_forged_one(vector: Vector, key: SigningKey) -> None:
    """Paddings and hashes that a careless verifier takes: without the check of the signature they pass."""
    two_sided(
        lambda tokens: authentic(tokens, vector.token),
        whole=lenient(vector, key),
        twin=lenient(vector, key, "signature"),
    )


@pytest.mark.parametrize(("vector", "key"), named(HOLDING))
def test_every_valid_signature_holds(vector: Vector, key: SigningKey) -> None:
    """So refusing the others means something. Of the two spellings of an ES256 signature the lower one holds."""
    assert holds(vector, key)


def holds(vector: Vector, key: SigningKey) -> bool:
    """Whether the key made the signature, or the other spelling of it that we take."""
    text, _, signature = vector.token.rpartition(".")
    proof = decode(signature.encode())
    if key.algorithm == "ES256" and int.from_bytes(proof[32:], "big") > ORDER // 2:
        assert not key.signed(text.encode(), proof)
        proof = proof[:32] + (ORDER - int.from_bytes(proof[32:], "big")).to_bytes(32, "big")
    return key.signed(text.encode(), proof)


@pytest.mark.parametrize(("vector", "key"), named(VALID + OTHERS + FOR_ENCRYPTION))
def test_not_even_a_valid_one_is_a_token_of_ours(vector: Vector, key: SigningKey) -> None:
    """Its header is not one that we write: another algorithm, a key for something else, no kind."""
    assert not accepted(whole(ring=KeyRing([key])), vector.token.encode())


@pytest.mark.parametrize(("vector", "key"), named(OTHERS))
def test_a_key_verifies_by_its_own_algorithm_alone(vector: Vector, key: SigningKey) -> None:
    """A good signature of the same key by another algorithm does not hold (RFC 8725 section 3.1)."""
    assert not authentic(lenient(vector, key), vector.token)


def test_the_vectors_were_really_tried() -> None:
    """Not an empty list."""
    assert len(INVALID) > 300
    assert {key.algorithm for _, key in VALID} == {"HS256", "ES256", "RS256"}
    assert encode(decode(b"Zm9v")) == "Zm9v"
