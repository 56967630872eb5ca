"""Four ways to sign: each takes its own signatures in one spelling, and nothing else."""

import hmac
from itertools import product
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from buckler.tokens.algorithms import ALGORITHMS, Algorithm, Rs256Pair
from buckler.tokens.checks import SignatureCheck
from buckler.tokens.keys import KeyRing, SigningKey
from buckler.tokens.segments import decode, encode
from tests.proof import stopped_by, two_sided
from tests.tokens.forge import accepted, good, our_key, segment, their_key, twin, whole, written
from tests.tokens.test_vectors import ORDER

BYTES: dict[Algorithm, int] = {"Ed25519": 64, "ES256": 64, "RS256": 384, "HS256": 32}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_takes_its_own_signature_of_one_length(algorithm: Algorithm) -> None:
    """Over exactly that text; not with a byte less or more, before it or behind it."""
    key = our_key(algorithm)
    proof = key.sign(b"text")
    assert len(proof) == BYTES[algorithm]
    assert key.signed(b"text", proof)
    for text, other in ((b"texT", proof), (b"text", proof[1:]), (b"text", proof[:-1])):
        assert not key.signed(text, other)
    for other in (b"\0" + proof, proof + b"\0", b"", b"\0" * len(proof), b"\xff" * len(proof), proof + proof):
        assert not key.signed(b"text", other)


@pytest.mark.asvs("9.1.2")
@pytest.mark.parametrize(("header", "by"), [*product(ALGORITHMS, ALGORITHMS)])
def test_a_key_signs_under_its_own_header_alone(header: Algorithm, by: Algorithm) -> None:
    """The full square, on a ring that holds a key of each kind."""
    ring = KeyRing([our_key(each) for each in ALGORITHMS])
    token = written(good(), our_key(header).header, key=our_key(by))
    assert accepted(whole(ring=ring), token) is (header == by)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_another_key_of_the_same_kind_signs_nothing_of_ours(algorithm: Algorithm) -> None:
    """Under our header."""
    ring = KeyRing([our_key(algorithm)])
    token = written(good(), our_key(algorithm).header, key=their_key(algorithm))
    two_sided(lambda tokens: accepted(tokens, token), whole=whole(ring=ring), twin=twin("signature", ring=ring))


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "HS256"])
def test_an_independent_implementation_agrees(algorithm: Algorithm) -> None:
    """It takes what we sign, and we take what it signs (in the lower of two spellings)."""
    key, theirs = our_key(algorithm), imported(our_key(algorithm))
    decoded = jwt.decode(written(good(), key=key).decode(), theirs, algorithms=[algorithm])
    assert decoded.claims == good()
    assert decoded.header == {"alg": algorithm, "kid": key.kid, "typ": "at+jwt"}
    made = jwt.encode({"alg": algorithm}, good(), theirs, algorithms=[algorithm]).encode()
    text, _, proof = made.rpartition(b".")
    taken = lower(decode(proof)) if algorithm == "ES256" else decode(proof)
    assert key.signed(text, taken)


def imported(key: SigningKey) -> Any:
    """The key in the hands of the other implementation."""
    private = key.private_bytes()
    if key.algorithm == "HS256":
        return OctKey.import_key(private)
    if key.algorithm == "RS256":
        return RSAKey.import_key(private)
    return ECKey.import_key({**(key.public_jwk() or {}), "d": encode(private)})


def lower(proof: bytes) -> bytes:
    """An ES256 signature in the spelling that we take."""
    s = int.from_bytes(proof[32:], "big")
    return proof[:32] + min(s, ORDER - s).to_bytes(32, "big")


class Generous(SignatureCheck):
    """Takes an ES256 signature in both of its spellings, as the standard does."""

    def holds(self, key: SigningKey, text: bytes, signature: bytes) -> bool:
        return super().holds(key, text, lower(signature))


@pytest.mark.asvs("9.1.1")
def test_the_other_spelling_of_an_es256_signature_is_refused() -> None:
    """A stranger makes it without the key, so an ended token would have a second text."""
    ring = KeyRing([our_key("ES256")])
    text, _, proof = written(good(), key=our_key("ES256")).rpartition(b".")
    raw = decode(proof)
    other = raw[:32] + (ORDER - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
    token = text + b"." + encode(other).encode()
    careless = twin("signature", instead=(Generous(),), ring=ring)
    two_sided(lambda tokens: accepted(tokens, token), whole=whole(ring=ring), twin=careless)
    for _ in range(50):
        made = our_key("ES256").sign(b"text")
        assert int.from_bytes(made[32:], "big") <= ORDER // 2


@pytest.mark.parametrize("zero", [slice(0, 32), slice(32, 64), slice(0, 64)])
def test_zeros_are_no_es256_signature(zero: slice) -> None:
    """CVE-2022-21449: r or s of zero, or of the order of the curve, which is the same."""
    key = our_key("ES256")
    for number in (0, ORDER):
        raw = bytearray(key.sign(b"text"))
        raw[zero] = number.to_bytes(32, "big") * ((zero.stop - zero.start) // 32)
        assert not key.signed(b"text", bytes(raw))


@pytest.mark.asvs("9.1.2")
@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_what_everybody_may_read_is_no_secret(algorithm: Algorithm) -> None:
    """HS256 over the public key in any form, on a ring that also holds a real secret."""
    public: Any = getattr(our_key(algorithm).pair, "public")  # noqa: B009 - a secret among the pairs has none
    forms = [
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).strip(),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
        str(our_key(algorithm).public_jwk()).encode(),
    ]
    ring = KeyRing([our_key(algorithm), our_key("HS256")])
    heads = [
        our_key("HS256").header,
        our_key(algorithm).header,
        segment({"alg": "HS256", "kid": our_key(algorithm).kid, "typ": "at+jwt"}),
    ]
    for secret, head in product(forms, heads):
        text = f"{head}.{segment(good(sub='admin'))}".encode()
        forged = text + b"." + encode(hmac.digest(secret, text, "sha256")).encode()
        assert not accepted(whole(ring=ring), forged)


@pytest.mark.asvs("11.2.3")
@pytest.mark.parametrize(("bits", "exponent"), [(1024, 65_537), (2040, 65_537), (2048, 3)])
def test_a_weak_rsa_key_is_none(bits: int, exponent: int) -> None:
    """Too short, or with an exponent that is too small."""
    weak = generate_rsa(exponent, bits).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(ValueError, match=f"{bits} bits and the exponent {exponent}"):
        SigningKey.restore(weak, "RS256")


def test_a_new_rsa_key_is_as_strong_as_the_others() -> None:
    """3072 bits, 128 of strength."""
    made = load_der_private_key(our_key("RS256").private_bytes(), None)
    assert isinstance(made, RSAPrivateKey)
    assert made.key_size == 3072


class OldPair(Rs256Pair):
    """The twin that takes signatures over SHA-1 too, for the sake of old clients."""

    def signed(self, text: bytes, signature: bytes) -> bool:
        try:
            self.public.verify(signature, text, PKCS1v15(), SHA1())  # noqa: S303 - what we must not do
        except InvalidSignature:
            return super().signed(text, signature)
        return True


@pytest.mark.asvs("11.4.3")
def test_a_signature_over_a_short_digest_is_none() -> None:
    """Two texts of one SHA-1 can be made: whoever has one signed has the other one signed too."""
    private = load_der_private_key(our_key("RS256").private_bytes(), None)
    assert isinstance(private, RSAPrivateKey)
    proof = private.sign(b"text", PKCS1v15(), SHA1())  # noqa: S303

    def attack(kind: type[Rs256Pair]) -> bool:
        return kind(private).signed(b"text", proof)

    two_sided(attack, whole=Rs256Pair, twin=OldPair)


@pytest.mark.parametrize("size", [0, 1, 31])
def test_a_short_secret_is_none(size: int) -> None:
    """RFC 7518 section 3.2: as long as the digest."""
    with pytest.raises(ValueError, match="at least 32"):
        SigningKey.restore(b"x" * size, "HS256", "name")


BROKEN = [
    ("Ed25519", b"short"),
    ("ES256", b"\0" * 32),
    ("ES256", b"\xff" * 32),
    ("ES256", b"\1" * 31),
    ("RS256", b"no key"),
    ("RS256", generate_ec(SECP384R1()).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())),
]


@pytest.mark.parametrize(("algorithm", "private"), BROKEN)
def test_what_is_no_key_of_its_kind_is_refused(algorithm: Algorithm, private: bytes) -> None:
    """Whatever was unsealed."""
    assert stopped_by(ValueError, lambda: SigningKey.restore(private, algorithm))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_comes_back_from_its_bytes_under_its_name(algorithm: Algorithm) -> None:
    """And under no other, but for a secret, which has no name of its own."""
    key = our_key(algorithm)
    again = SigningKey.restore(key.private_bytes(), algorithm, key.kid)
    assert (again, again.header) == (key, key.header)
    assert again.signed(b"text", key.sign(b"text"))
    if algorithm != "HS256":
        with pytest.raises(ValueError, match="not the one named 'other'"):
            SigningKey.restore(key.private_bytes(), algorithm, "other")


def test_the_name_of_a_secret_tells_nothing_of_it() -> None:
    """It is drawn by itself: a digest could be guessed at."""
    key = our_key("HS256")
    assert SigningKey.restore(key.private_bytes(), "HS256").kid != key.kid
    assert key.public_jwk() is None


def test_coordinates_are_written_in_full() -> None:
    """RFC 7518 section 6.2.1.2: 32 bytes each, also where the first is zero; else other services cannot read them."""
    found = 0
    while not found:
        key = SigningKey.generate("ES256")
        jwk = key.public_jwk() or {}
        x, y = decode(jwk["x"].encode()), decode(jwk["y"].encode())
        assert (len(x), len(y)) == (32, 32)
        assert ECKey.import_key(dict(jwk)).thumbprint() == key.kid
        found += x[0] == 0 or y[0] == 0
