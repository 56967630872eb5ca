"""Keys: their name, their header, what is published of them."""

import json
from itertools import pairwise

import pytest
from joserfc.jwk import OKPKey

from buckler.errors import ConfigurationError
from buckler.tokens.algorithms import ALGORITHMS
from buckler.tokens.keys import KeyRing, SigningKey
from buckler.tokens.segments import decode, encode
from tests.clocks import FakeClock
from tests.tokens.forge import our_key, their_key


def test_the_published_vector_of_the_thumbprint_holds() -> None:
    """RFC 8037 appendix A.3: the thumbprint of the key of appendix A.1."""
    key = SigningKey.restore(decode(b"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"))
    assert (key.public_jwk() or {})["x"] == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    assert key.kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_the_published_vector_of_the_signature_holds() -> None:
    """RFC 8037 appendix A.4."""
    key = SigningKey.restore(decode(b"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"))
    text = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    signature = decode(b"hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg")
    assert key.sign(text) == signature
    assert key.signed(text, signature)
    assert not key.signed(text + b"x", signature)
    assert not key.signed(text, signature[:-1])


def test_the_header_names_algorithm_key_and_type_and_nothing_else() -> None:
    """Three members, in one spelling (RFC 9068 section 2.1, RFC 9864)."""
    key = SigningKey.generate()
    text = decode(key.header.encode()).decode()
    assert text == f'{{"alg":"Ed25519","kid":"{key.kid}","typ":"at+jwt"}}'
    assert key.algorithm == "Ed25519"


def test_a_key_comes_back_from_its_seed() -> None:
    """What is sealed at rest is 32 bytes that give the same key."""
    key = SigningKey.generate()
    assert len(key.private_bytes()) == 32
    assert SigningKey.restore(key.private_bytes()) == key
    with pytest.raises(ValueError, match="32 bytes"):
        SigningKey.restore(b"short")


def test_what_is_published_has_no_private_half() -> None:
    """Exactly the public members, which an independent implementation reads as a public key."""
    ring = KeyRing([SigningKey.generate(), SigningKey.generate()])
    document = ring.document()
    assert [set(key) for key in document["keys"]] == [{"kty", "crv", "x", "use", "alg", "kid"}] * 2
    published = OKPKey.import_key(document["keys"][0])
    assert not published.is_private
    assert published.thumbprint() == ring.current.kid


def test_a_key_does_not_print_its_private_half() -> None:
    """Neither the key object nor its seed is in the text."""
    key = SigningKey.generate()
    assert "private" not in repr(key)
    assert key.private_bytes().hex() not in repr(key)


def test_a_ring_finds_a_key_by_its_exact_header_alone() -> None:
    """Not by its name, not by a header that says the same."""
    first, second = SigningKey.generate(), SigningKey.generate()
    ring = KeyRing([first, second])
    assert ring.current is first
    assert ring.find(second.header) is second
    assert ring.find(second.kid) is None
    assert ring.find(second.header + "=") is None
    assert ring.find("") is None


def test_a_ring_is_never_empty() -> None:
    """Neither at its beginning nor later, and a refused change changes nothing."""
    with pytest.raises(ConfigurationError, match="without a key"):
        KeyRing([])
    ring = KeyRing([SigningKey.generate()])
    with pytest.raises(ConfigurationError, match="without a key"):
        ring.replace([])
    assert ring.find(ring.current.header) is ring.current


def test_keys_can_be_swapped() -> None:
    """After a change the old key is unknown and the new one signs."""
    old, new = SigningKey.generate(), SigningKey.generate()
    ring = KeyRing([old])
    ring.replace([new])
    assert ring.current is new
    assert ring.find(old.header) is None
    assert json.dumps(ring.document()).count('"kid"') == 1


def test_a_secret_is_never_published() -> None:
    """Whoever could verify with it could sign."""
    ring = KeyRing([our_key("HS256"), our_key("ES256")])
    assert [key["kid"] for key in ring.document()["keys"]] == [our_key("ES256").kid]
    assert KeyRing([our_key("HS256")]).document() == {"keys": []}
    for algorithm in ALGORITHMS:
        private = our_key(algorithm).private_bytes()
        assert encode(private) not in json.dumps(KeyRing([our_key(algorithm)]).document())
        assert not {"d", "p", "q", "k"} & (our_key(algorithm).public_jwk() or {}).keys()


def succession() -> tuple[FakeClock, SigningKey, SigningKey, KeyRing]:
    """An old key, and a new one that signs from 100 on; the old one verifies until 200."""
    clock = FakeClock(0)
    old, new = our_key().during(0, 200), their_key().during(100)
    return clock, old, new, KeyRing([new, old], clock)


def test_a_key_is_known_before_it_signs_and_after_it_signed() -> None:
    """To the second; a ring follows the clock without being told."""
    clock, old, new, ring = succession()
    assert (ring.current, ring.find(new.header), ring.find(old.header)) == (old, new, old)
    clock.advance(99.9)
    assert ring.current == old
    clock.advance(0.1)
    assert (ring.current, ring.find(old.header)) == (new, old)
    clock.advance(99.9)
    assert ring.find(old.header) == old
    clock.advance(0.1)
    assert (ring.find(old.header), ring.find(new.header)) == (None, new)
    assert [key["kid"] for key in ring.document()["keys"]] == [new.kid]
    assert set(ring.trusted) == {new.header}


def test_a_ring_follows_a_clock_that_is_set_back() -> None:
    """Also to before any of its keys began: then the one that begins first signs, and none is lost."""
    clock, old, new, ring = succession()
    clock.advance(150)
    assert ring.current == new
    clock.advance(-100)
    assert ring.current == old
    clock.advance(-100)
    assert (ring.current, ring.find(new.header)) == (old, new)


def test_whoever_remembers_something_of_the_keys_sees_that_they_changed() -> None:
    """The generation grows with each change, and with none that changes nothing."""
    clock, old, new, ring = succession()
    seen = [ring.generation]

    def passed(seconds: float) -> None:
        clock.advance(seconds)
        ring.turn()
        seen.append(ring.generation)

    for seconds in (50, 50, 50, 50, 50):
        passed(seconds)
    assert [after - before for before, after in pairwise(seen)] == [0, 1, 0, 1, 0]
    before = ring.generation
    ring.keep({new.kid, old.kid})
    assert ring.generation == before
    ring.replace([new])
    assert ring.generation == before + 1


def test_what_is_kept_is_kept_and_nothing_else() -> None:
    """Others end at once; the last key without an end cannot go so."""
    _, old, new, ring = succession()
    ring.keep({new.kid, "a stranger"})
    assert set(ring.trusted) == {new.header}
    assert ring.current == new
    with pytest.raises(ConfigurationError, match="without an end"):
        ring.keep({old.kid})
    assert ring.current == new


def test_a_ring_of_keys_that_all_end_is_refused() -> None:
    """One day nothing could be signed."""
    with pytest.raises(ConfigurationError, match="none without an end"):
        KeyRing([our_key().during(0, 200)])
