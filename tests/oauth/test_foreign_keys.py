"""What is taken for a key, and what is left out without spoiling the others."""

from typing import Any

import pytest

from buckler.oauth.foreign_keys import ForeignKey, KeysUnfit, keys_in
from tests.oauth.provider import rsa, signer

GOOD: dict[str, Any] = signer("k1").published()
RSA: dict[str, Any] = {**rsa().as_dict(private=False), "kid": "r"}


def keys_of(*listed: object) -> tuple[ForeignKey, ...]:
    return keys_in({"keys": [*listed]}, lambda _: True)


@pytest.mark.parametrize(
    "bad",
    [
        None,
        "a text",
        {},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "k1"},
        GOOD | {"crv": "P-257"},
        GOOD | {"crv": "secp256k1"},
        GOOD | {"x": GOOD["y"]},
        GOOD | {"x": 1},
        GOOD | {"x": "é"},
        GOOD | {"x": GOOD["x"] + "="},
        GOOD | {"kid": 1},
        GOOD | {"kid": ""},
        GOOD | {"use": ["sig"]},
        GOOD | {"alg": None},
        GOOD | {"key_ops": "verify"},
        RSA | {"e": "AA"},
        RSA | {"e": "AQAAAAAB"},
        RSA | {"n": "A" * 1400},
        {"kty": "OKP", "crv": "Ed448", "x": "AAAA"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"},
    ],
)
def test_what_is_no_key_is_left_out(bad: object) -> None:
    """The others of its set stay."""
    assert [key.kid for key in keys_of(bad, RSA)] == ["r"]


def test_two_keys_of_one_id_are_none() -> None:
    """Unless they differ in their type: then they are told apart."""
    assert keys_of(GOOD, signer("k1").published()) == ()
    assert len(keys_of(GOOD, RSA | {"kid": "k1"})) == 2


@pytest.mark.parametrize("document", [{}, {"keys": {}}, {"keys": None}, {"keys": [RSA] * 101}])
def test_what_is_no_set_is_refused(document: dict[str, object]) -> None:
    """An empty set is one: nobody is trusted any more."""
    with pytest.raises(KeysUnfit, match="keys-malformed"):
        keys_in(document, lambda _: True)
    assert keys_of() == ()


def test_a_key_is_known_by_what_it_is() -> None:
    """Another key under an old id, or the same one for something else, is another."""
    prints = {keys_of(each)[0].print for each in (GOOD, signer("k1").published(), GOOD | {"use": "enc"})}
    assert len(prints) == 3
    assert keys_of(GOOD)[0].print == keys_of(dict(reversed(GOOD.items())))[0].print
    assert (keys_of(GOOD)[0].modulus, (keys_of(RSA)[0].modulus or 0).bit_length()) == (None, 2048)
