"""Our access tokens as a whole: what is issued, and what no stranger can get past."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws, jwt
from joserfc.jwk import KeySet, OKPKey

from buckler.errors import BucklerError, ConfigurationError
from buckler.tokens.checks import TOKEN_CHECKS
from buckler.tokens.jwt import AccessTokens, InvalidToken
from buckler.tokens.keys import KeyRing, SigningKey
from buckler.tokens.segments import decode, encode
from tests.clocks import FakeClock
from tests.proof import two_sided
from tests.tokens.forge import AUDIENCE, ISSUER, NOW, accepted, good, our_key, segment, their_key, twin, whole, written


def issued(tokens: AccessTokens, scope: str | None = None) -> bytes:
    token, _ = tokens.issue(subject="bob", name="Bob", client_id="cli", roles={"reader"}, auth_time=NOW, scope=scope)
    return token.encode()


def test_what_is_issued_is_what_is_verified() -> None:
    """The claims told at issue are those that come back, scope and all."""
    tokens = whole()
    token, claims = tokens.issue(
        subject="bob", name="Bøb", client_id="cli", roles=["b", "a"], auth_time=NOW, scope="notes:read notes:write"
    )
    assert tokens.verify(token.encode()) == claims
    assert claims.scope == {"notes:read", "notes:write"}
    assert claims.roles == {"a", "b"}
    assert (claims.issued_at, claims.expires_at) == (NOW, NOW + 600)


def test_a_token_without_scope_is_not_cut_and_one_with_an_empty_scope_grants_nothing() -> None:
    """None and the empty set are told apart."""
    tokens = whole()
    assert tokens.verify(issued(tokens)).scope is None
    assert tokens.verify(issued(tokens, scope="")).scope == frozenset()


def test_every_token_has_an_id_of_its_own() -> None:
    """Two tokens issued in the same second for the same person differ."""
    tokens = whole()
    assert tokens.verify(issued(tokens)).token_id != tokens.verify(issued(tokens)).token_id


def test_an_independent_implementation_accepts_our_tokens() -> None:
    """joserfc verifies them with nothing but the published document."""
    tokens = whole()
    found = jwt.decode(issued(tokens), KeySet.import_key_set(tokens.ring.document()), algorithms=["Ed25519"])
    assert found.header == {"alg": "Ed25519", "kid": our_key().kid, "typ": "at+jwt"}
    assert set(found.claims) == {"iss", "sub", "aud", "client_id", "iat", "exp", "jti", "name", "roles", "auth_time"}
    assert found.claims["aud"] == AUDIENCE


def test_we_accept_a_token_of_an_independent_implementation() -> None:
    """joserfc, given our key and our exact header, writes a token that we take."""
    private = OKPKey.import_key(Ed25519PrivateKey.from_private_bytes(our_key().private_bytes()))
    header = json.loads(decode(our_key().header.encode()))
    token = jws.serialize_compact(header, json.dumps(good()), private, algorithms=["Ed25519"])
    assert token.startswith(our_key().header + ".")
    assert accepted(whole(), token.encode())


def test_a_later_key_of_the_ring_verifies() -> None:
    """The first key signs, all of them verify."""
    older = whole(ring=KeyRing([their_key()]))
    assert accepted(whole(ring=KeyRing([our_key(), their_key()])), issued(older))


@pytest.mark.asvs("9.2.4", "9.2.3", "10.3.1")
def test_a_token_names_its_service_and_another_service_with_the_same_key_refuses_it() -> None:
    """Two services share a ring: without the audience check one takes the other's tokens."""
    ring = KeyRing([our_key()])
    other = AccessTokens(ring, issuer=ISSUER, audience="https://other.example", clock=FakeClock(float(NOW)))
    token = issued(other)
    assert json.loads(decode(token.split(b".")[1]))["aud"] == "https://other.example"
    two_sided(lambda tokens: accepted(tokens, token), whole=whole(), twin=twin("audience"))


def test_a_token_that_nobody_would_accept_is_not_issued() -> None:
    """So many roles that the token passes 8192 bytes end in an error at issue, not at the next request."""
    with pytest.raises(BucklerError, match="nobody accepts more than 8192"):
        whole().issue(subject="bob", name="", client_id="cli", roles=[f"role-{n}" for n in range(2000)], auth_time=0)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"issuer": ""}, "empty name"),
        ({"audience": ""}, "empty name"),
        ({"lifetime": 0}, "1 to 3600"),
        ({"lifetime": 3601}, "1 to 3600"),
        ({"lifetime": True}, "1 to 3600"),
        ({"lifetime": 60.5}, "1 to 3600"),
    ],
)
def test_a_setting_that_cannot_work_is_refused(changes: dict[str, object], reason: str) -> None:
    """A verifier that would match anything, or live too long, cannot be built."""
    settings_ = {"issuer": ISSUER, "audience": AUDIENCE, "clock": FakeClock()} | changes
    with pytest.raises(ConfigurationError, match=reason):
        AccessTokens(KeyRing([our_key()]), **settings_)


@pytest.mark.parametrize(
    "token",
    [
        b"",
        b".",
        b"..",
        b"a.b",
        b"a.b.c.d",
        b" " + written(good()),
        written(good()) + b"\n",
        written(good()) + b"=",
        written(good()).replace(b".", b". "),
        b"\xff\xfe.a.b",
        written(good()).decode().encode("utf-16"),
        b"Bearer " + written(good()),
        b"{}.{}.{}",
    ],
)
def test_what_is_not_three_segments_is_refused(token: bytes) -> None:
    """Nothing but three base64url segments is looked at."""
    assert not accepted(whole(), token)


def test_an_encrypted_token_is_refused() -> None:
    """A JWE made for our public key has five segments and is no signed token."""
    head = segment({"alg": "ECDH-ES", "enc": "A256GCM", "kid": our_key().kid})
    assert not accepted(whole(), f"{head}..{'a' * 16}.{segment(good())}.{'b' * 22}".encode())


def test_a_second_spelling_of_a_segment_is_refused() -> None:
    """The unused bits at the end of a segment must be zero: a token can be written in one way only."""
    token = written(good())
    for last in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
        other = token[:-1] + bytes([last])
        assert accepted(whole(), other) is (other == token)


def test_the_malleated_signature_is_refused() -> None:
    """S + L is the same number to a careless Ed25519 verifier (RFC 8032 section 5.1.7)."""
    text, _, signature = written(good()).rpartition(b".")
    order = 2**252 + 27742317777372353535851937790883648493
    raw = decode(signature)
    moved = (int.from_bytes(raw[32:], "little") + order).to_bytes(32, "little")
    assert not accepted(whole(), text + b"." + encode(raw[:32] + moved).encode())


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"[]",
        b'"bob"',
        b"{}",
        b"\xff{}",
        b"\xef\xbb\xbf{}",
        b"[" * 5000,
        json.dumps(good()).encode("utf-16"),
        json.dumps(good()).encode()[:-1] + b',"sub":"admin"}',
        json.dumps(good()).encode()[:-1] + b',"x":NaN}',
        json.dumps(good()).encode()[:-1] + b',"x":-Infinity}',
        json.dumps(good()).encode()[:-1] + b',"x":1e999}',
        json.dumps(good()).encode()[:-1] + b',"x":' + b"1" * 5000 + b"}",
        json.dumps(good()).encode() + b"{}",
    ],
)
def test_a_signed_payload_that_is_not_a_strict_object_with_our_claims_is_refused(payload: bytes) -> None:
    """Even under our own signature nothing but strict JSON is read."""
    assert not accepted(whole(), written(payload))


@pytest.mark.asvs("11.2.5")
def test_every_failure_looks_the_same_to_the_caller() -> None:
    """The text of the error gives no hint; the private reason, were it told, would be an oracle."""
    bad = [b"x", written(good(), key=their_key()), written(good(exp=NOW)), written(b"{"), written(good(iss="x"))]
    bad.append(written(good())[:-4] + b"AAAA")

    def texts_differ(tell: str) -> bool:
        return len({_told(token, tell) for token in bad}) > 1

    two_sided(texts_differ, whole="__str__", twin="reason")


def _told(token: bytes, tell: str) -> str:
    with pytest.raises(InvalidToken) as caught:
        whole().verify(token)
    return str(caught.value) if tell == "__str__" else str(getattr(caught.value, tell))


TOKEN = written(good())


@settings(max_examples=100, deadline=None)
@given(place=st.integers(0, len(TOKEN) - 1), byte=st.integers(0, 255))
def test_no_changed_byte_passes(place: int, byte: int) -> None:
    """One byte put in the place of another never verifies."""
    mutant = TOKEN[:place] + bytes([byte]) + TOKEN[place + 1 :]
    assert accepted(whole(), mutant) is (mutant == TOKEN)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_no_cut_and_pasted_token_passes(data: st.DataObject) -> None:
    """Pieces removed, doubled or filled with other text never verify."""
    start = data.draw(st.integers(0, len(TOKEN)))
    stop = data.draw(st.integers(start, len(TOKEN)))
    filling = data.draw(st.binary(max_size=40) | st.just(TOKEN[start:stop] * 2) | st.sampled_from([b".", b"=", b"A"]))
    mutant = TOKEN[:start] + filling + TOKEN[stop:]
    assert accepted(whole(), mutant) is (mutant == TOKEN)


@settings(max_examples=60, deadline=None)
@given(
    payload=st.dictionaries(
        st.sampled_from(["iss", "sub", "aud", "exp", "iat", "jti", "roles", "x"]),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=9)
        | st.lists(st.text(max_size=3), max_size=3),
    )
)
def test_no_odd_claims_end_in_anything_but_a_no(payload: dict[str, object]) -> None:
    """Whatever stands in a payload we signed, the answer is claims or `InvalidToken`, never another error."""
    assert not accepted(whole(), written(payload))
    accepted(twin(*(check.name for check in TOKEN_CHECKS)), written(payload))


def test_a_fresh_ring_knows_no_old_token() -> None:
    """A token of a key that is in no ring is refused, whoever signed it."""
    assert not accepted(whole(ring=KeyRing([SigningKey.generate()])), TOKEN)
