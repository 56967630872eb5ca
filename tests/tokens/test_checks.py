"""Each check from both sides: left out, its attack succeeds; in place, it fails."""

import hashlib
import hmac
import json
import time
import tracemalloc

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from buckler.tokens.algorithms import Ed25519Pair
from buckler.tokens.checks import TOKEN_CHECKS, HeaderCheck, SignatureCheck
from buckler.tokens.keys import KeyRing, SigningKey
from buckler.tokens.segments import decode, encode
from tests.proof import two_sided
from tests.tokens.forge import AUDIENCE, ISSUER, NOW, accepted, good, our_key, segment, their_key, twin, whole, written


def test_the_checks_have_names_of_their_own_and_an_order() -> None:
    """Size, header and signature come before any claim is read."""
    names = [check.name for check in TOKEN_CHECKS]
    assert names == ["size", "header", "signature", "shape", "issuer", "audience", "lifetime"]


# size


def test_a_token_of_ten_megabytes_is_refused_before_any_work() -> None:
    """It is validly signed, so without the cap it would be decoded, verified and parsed; here nothing is."""
    token = written(good(padding="x" * 10_000_000))
    two_sided(lambda tokens: accepted(tokens, token), whole=whole(), twin=twin("size"))
    verifier = whole()
    tracemalloc.start()
    before = time.process_time()
    assert not accepted(verifier, token)
    spent = time.process_time() - before
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert spent < 0.01
    assert peak < 100_000


def test_the_cap_is_exact() -> None:
    """8192 bytes pass, one more does not."""
    room = 8192 - len(written(good(padding="")))
    sizes = {len(token): token for token in (written(good(padding="x" * n)) for n in range(room * 3 // 4 - 4, room))}
    longest = max(size for size in sizes if size <= 8192)
    shortest = min(size for size in sizes if size > 8192)
    assert (accepted(whole(), sizes[longest]), accepted(whole(), sizes[shortest])) == (True, False)
    assert shortest - longest <= 2


# header


@pytest.mark.asvs("9.2.2")
@pytest.mark.parametrize("typ", ["JWT", "at+JWT", "application/at+jwt", "rt+jwt", "dpop+jwt", "", None, 1])
def test_another_kind_of_token_under_our_own_key_is_refused(typ: object) -> None:
    """A key of ours may sign other kinds; by their type they are told apart (RFC 8725 section 3.11)."""
    header = {"alg": "Ed25519", "kid": our_key().kid, "typ": typ}
    if typ is None:
        del header["typ"]
    two_sided(lambda tokens: accepted(tokens, written(good(), header)), whole=whole(), twin=twin("header"))


@pytest.mark.parametrize(
    "extra",
    [
        {"crit": ["x"], "x": 1},
        {"crit": []},
        {"crit": ["b64"], "b64": False},
        {"b64": False},
        {"zip": "DEF"},
        {"cty": "JWT"},
        {"jwk": their_key().public_jwk()},
        {"jku": "https://evil.example/keys"},
        {"x5u": "https://evil.example/cert"},
        {"x5c": ["AAAA"]},
    ],
)
def test_a_header_with_anything_more_is_refused(extra: dict[str, object]) -> None:
    """Unknown and dangerous members are not judged one by one: no header but ours is known."""
    header = {"alg": "Ed25519", "kid": our_key().kid, "typ": "at+jwt", **extra}
    two_sided(lambda tokens: accepted(tokens, written(good(), header)), whole=whole(), twin=twin("header"))


def test_a_header_in_another_spelling_is_refused() -> None:
    """The same members with spaces, in another order, doubled, or under the vague name of the algorithm."""
    kid = our_key().kid
    for text in (
        f'{{"alg":"Ed25519", "kid":"{kid}","typ":"at+jwt"}}',
        f'{{"kid":"{kid}","alg":"Ed25519","typ":"at+jwt"}}',
        f'{{"alg":"none","alg":"Ed25519","kid":"{kid}","typ":"at+jwt"}}',
        f'{{"alg":"EdDSA","kid":"{kid}","typ":"at+jwt"}}',
        '{"alg":"Ed25519","typ":"at+jwt"}',
    ):
        token = written(good(), encode(text.encode()))
        two_sided(lambda tokens, token=token: accepted(tokens, token), whole=whole(), twin=twin("header"))


# signature


@pytest.mark.asvs("9.1.1")
def test_a_payload_that_nobody_signed_is_refused() -> None:
    """Under our header: another's signature, zeros, and a good signature over other claims."""
    stolen = written(good()).rpartition(b".")[2]
    text = f"{our_key().header}.{segment(good(sub='admin'))}".encode()
    for signature in (encode(their_key().sign(text)).encode(), b"A" * 86, b"AAAA", stolen):
        token = text + b"." + signature
        two_sided(lambda tokens, token=token: accepted(tokens, token), whole=whole(), twin=twin("signature"))


class Believing(SignatureCheck):
    """A careless verifier of the kind that the advisories tell of: it does what the header says."""

    def __init__(self, offered: bytes) -> None:
        self._offered = offered
        """The bytes under which it keeps our public key."""

    def holds(self, key: SigningKey, text: bytes, signature: bytes) -> bool:
        header = json.loads(decode(text.partition(b".")[0]))
        algorithm = str(header["alg"]).lower()
        if algorithm == "none":
            return True
        if algorithm == "hs256":
            return hmac.compare_digest(hmac.digest(self._offered, text, "sha256"), signature)
        if "jwk" in header:
            return _signed_by(header["jwk"]["x"], text, signature)
        return super().holds(key, text, signature)


def _signed_by(public: str, text: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(decode(public.encode())).verify(signature, text)
    except InvalidSignature:
        return False
    return True


def _public_texts() -> dict[str, bytes]:
    public = Ed25519Pair.restore(our_key().private_bytes()).public
    return {
        "PEM": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "PEM without its last line end": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).strip(),
        "DER": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "SSH": public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
        "JWK": json.dumps(our_key().public_jwk()).encode(),
        "raw": public.public_bytes_raw(),
    }


@pytest.mark.asvs("9.1.2")
@pytest.mark.parametrize("form", list(_public_texts()))
@pytest.mark.parametrize("kid", [True, False])
def test_hs256_with_our_public_key_as_the_secret_is_refused(form: str, kid: bool) -> None:
    """What everybody may read is no secret to sign with, in any of its forms."""
    secret = _public_texts()[form]
    header = {"alg": "HS256", "typ": "at+jwt"} | ({"kid": our_key().kid} if kid else {})
    text = f"{segment(header)}.{segment(good(sub='admin'))}".encode()
    token = text + b"." + encode(hmac.new(secret, text, hashlib.sha256).digest()).encode()
    careless = twin("header", "signature", instead=(Believing(secret),))
    two_sided(lambda tokens: accepted(tokens, token), whole=whole(), twin=careless)


@pytest.mark.asvs("9.1.2")
@pytest.mark.parametrize("none", ["none", "None", "NONE", "nOnE"])
@pytest.mark.parametrize("signature", ["AA", "A" * 86])
def test_none_is_no_algorithm(none: str, signature: str) -> None:
    """In no spelling, with a signature of any length."""
    token = f"{segment({'alg': none, 'kid': our_key().kid, 'typ': 'at+jwt'})}.{segment(good())}.{signature}".encode()
    careless = twin("header", "signature", instead=(Believing(b""),))
    two_sided(lambda tokens: accepted(tokens, token), whole=whole(), twin=careless)
    assert not accepted(whole(), token.rpartition(b".")[0] + b".")


@pytest.mark.asvs("9.1.3")
def test_a_key_that_the_token_brings_along_is_refused() -> None:
    """Signed by a stranger who put the stranger's own key into the header."""
    header = {"alg": "Ed25519", "kid": our_key().kid, "typ": "at+jwt", "jwk": their_key().public_jwk()}
    token = written(good(sub="admin"), header, key=their_key())
    careless = twin("header", "signature", instead=(Believing(b""),))
    two_sided(lambda tokens: accepted(tokens, token), whole=whole(), twin=careless)


def test_a_stranger_cannot_use_our_header_or_our_name() -> None:
    """Neither under our header nor under a header with our key's name."""
    assert not accepted(whole(), written(good(), our_key().header, key=their_key()))
    assert not accepted(whole(), written(good(), {"alg": "Ed25519", "kid": our_key().kid}, key=their_key()))
    assert HeaderCheck().find(their_key().header, KeyRing([our_key()])) is None


# claims

SHAPES = [
    good(sub=None),
    good(sub=""),
    good(sub=7),
    good(sub=["bob"]),
    good(jti=None),
    good(jti=""),
    good(jti=1),
    good(client_id=None),
    good(client_id=""),
    good(client_id={}),
    good(name=1),
    good(scope=["notes:read"]),
    good(scope=1),
    good(roles="admin"),
    good(roles=["admin", 1]),
    good(roles={"admin": True}),
    good(auth_time="now"),
    good(auth_time=True),
    good(auth_time=1.5),
    good(auth_time=NOW + 6),
]


@pytest.mark.parametrize("claims", SHAPES)
def test_a_claim_of_the_wrong_shape_is_refused(claims: dict[str, object]) -> None:
    """Dropped, empty, or of another type."""
    two_sided(lambda tokens: accepted(tokens, written(claims)), whole=whole(), twin=twin("shape"))


ISSUERS = [None, "", ISSUER + "/", ISSUER[:-1], ISSUER + ".evil.example", ISSUER.upper(), "https://", 1, [ISSUER], {}]


@pytest.mark.parametrize("issuer", ISSUERS)
def test_an_issuer_that_is_not_exactly_ours_is_refused(issuer: object) -> None:
    """No prefix, substring, list, case or slash more (GHSA-75c5-xw7c-p5pm)."""
    two_sided(lambda tokens: accepted(tokens, written(good(iss=issuer))), whole=whole(), twin=twin("issuer"))


AUDIENCES = [None, "", AUDIENCE + "/", AUDIENCE[:-1], f"x {AUDIENCE}", 1, [], ["x"], [AUDIENCE, 1], {AUDIENCE: 1}]


@pytest.mark.asvs("9.2.3", "10.3.1")
@pytest.mark.parametrize("audience", AUDIENCES)
def test_a_token_for_somebody_else_is_refused(audience: object) -> None:
    """Neither a part of our name, nor a list without it, nor another type."""
    two_sided(lambda tokens: accepted(tokens, written(good(aud=audience))), whole=whole(), twin=twin("audience"))


def test_an_audience_may_be_a_list_that_names_us() -> None:
    """RFC 7519 section 4.1.3 allows both forms."""
    assert accepted(whole(), written(good(aud=["https://other.example", AUDIENCE])))


LIFETIMES = [
    {"exp": None},
    {"exp": NOW},
    {"exp": NOW - 1, "iat": NOW - 601},
    {"exp": True},
    {"exp": str(NOW + 600)},
    {"exp": NOW + 600.0},
    {"exp": 10**300},
    {"exp": NOW + 601},
    {"iat": None},
    {"iat": True},
    {"iat": str(NOW)},
    {"iat": NOW + 6},
    {"iat": NOW - 1},
    {"nbf": NOW + 6},
    {"nbf": "soon"},
]


@pytest.mark.asvs("9.2.1")
@pytest.mark.parametrize("times", LIFETIMES)
def test_a_token_out_of_its_time_is_refused(times: dict[str, object]) -> None:
    """Over, not begun, without an end, with an odd one, or with a longer life than we give."""
    two_sided(lambda tokens: accepted(tokens, written(good(**times))), whole=whole(), twin=twin("lifetime"))


@pytest.mark.parametrize("times", [{"iat": NOW + 5, "exp": NOW + 605}, {"nbf": NOW + 5}, {"exp": NOW + 1}])
def test_a_clock_a_little_ahead_is_forgiven(times: dict[str, object]) -> None:
    """Five seconds for the beginning, none for the end."""
    assert accepted(whole(), written(good(**times)))
