"""Sealed values: unreadable, unalterable, and at home in one place only."""

import ast
import secrets
from collections.abc import Sequence

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR, ECB
from hypothesis import given, settings
from hypothesis import strategies as st

from buckler.errors import ConfigurationError
from buckler.tokens.secret import MasterSecret
from buckler.tokens.vault import SealBroken, Vault
from tests.house.tree import ROOT, modules
from tests.proof import two_sided

OLD, NEW = secrets.token_bytes(32), secrets.token_bytes(32)


def vault(*given_secrets: bytes, installation: str = "here") -> Vault:
    return Vault(MasterSecret(given_secrets or (OLD,)), installation)


class Unbound(Vault):
    """The twin whose seals do not know their place."""

    def _place(self, purpose: str, row: str) -> bytes:
        return b""


class Unauthenticated(Vault):
    """The twin that encrypts and does not authenticate."""

    _key = secrets.token_bytes(32)

    def seal(self, purpose: str, row: str, plain: bytes) -> bytes:
        nonce = secrets.token_bytes(16)
        return nonce + self._stream(nonce, plain)

    def unseal(self, purpose: str, row: str, sealed: bytes) -> bytes:
        return self._stream(sealed[:16], sealed[16:])

    def _stream(self, nonce: bytes, text: bytes) -> bytes:
        return Cipher(AES(self._key), CTR(nonce)).encryptor().update(text)


class Blockwise(Vault):
    """The twin that encrypts each block by itself (ECB)."""

    _key = secrets.token_bytes(32)

    def seal(self, purpose: str, row: str, plain: bytes) -> bytes:
        return Cipher(AES(self._key), ECB()).encryptor().update(plain + b"\0" * (-len(plain) % 16))  # noqa: S305


class Repeating(Vault):
    """The twin whose nonce is always the same."""

    def seal(self, purpose: str, row: str, plain: bytes) -> bytes:
        nonce = b"\0" * 12
        return b"\1" + nonce + self._for(purpose)[0].encrypt(nonce, plain, self._place(purpose, row))


def opens(box: Vault, purpose: str, row: str, sealed: bytes) -> bool:
    try:
        box.unseal(purpose, row, sealed)
    except SealBroken:
        return False
    return True


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=200), st.text(max_size=20), st.text(max_size=20))
def test_what_was_sealed_opens_in_its_place(plain: bytes, purpose: str, row: str) -> None:
    """Any bytes, any names; the plain text is not in the seal."""
    box = vault()
    sealed = box.seal(purpose, row, plain)
    assert box.unseal(purpose, row, sealed) == plain
    assert len(plain) < 4 or plain not in sealed


@pytest.mark.asvs("11.3.3")
def test_every_flipped_bit_breaks_the_seal() -> None:
    """Encryption alone would hand over altered plain text; each single bit is tried."""

    def altered(box: Vault) -> bool:
        sealed = box.seal("seed", "1", b"owner=bob")
        flipped = [_flip(sealed, bit) for bit in range(len(sealed) * 8)]
        return any(opens(box, "seed", "1", other) for other in flipped)

    two_sided(altered, whole=vault(), twin=Unauthenticated(MasterSecret([OLD]), "here"))


def _flip(value: bytes, bit: int) -> bytes:
    return (int.from_bytes(value, "big") ^ (1 << bit)).to_bytes(len(value), "big")


@pytest.mark.asvs("11.3.3")
@pytest.mark.parametrize(("purpose", "row"), [("seed", "2"), ("seed", ""), ("seed", "11"), ("seed", "1 ")])
def test_a_seal_moved_to_another_row_does_not_open(purpose: str, row: str) -> None:
    """Copying Alice's sealed value into Mallory's row gains nothing."""

    def moved(box: Vault) -> bool:
        return opens(box, purpose, row, box.seal("seed", "1", b"x"))

    two_sided(moved, whole=vault(), twin=Unbound(MasterSecret([OLD]), "here"))


def test_a_seal_moved_to_another_installation_does_not_open() -> None:
    """Two services that share a master secret by mistake still do not read each other."""

    def moved(kind: type[Vault]) -> bool:
        sealed = kind(MasterSecret([OLD]), "here").seal("seed", "1", b"x")
        return opens(kind(MasterSecret([OLD]), "there"), "seed", "1", sealed)

    two_sided(moved, whole=Vault, twin=Unbound)


@pytest.mark.parametrize(("purpose", "row"), [("Seed", "1"), ("see", "d1"), ("seed1", ""), ("", "seed1"), ("mac", "1")])
def test_a_seal_for_another_purpose_does_not_open(purpose: str, row: str) -> None:
    """Each purpose has a key of its own, and no two places are written alike."""
    box = vault()
    assert not opens(box, purpose, row, box.seal("seed", "1", b"x"))


def test_the_place_is_written_without_ambiguity() -> None:
    """Even with one key for all purposes, shifted borders between the names would not be equal."""
    box = vault(installation="c")
    places = {box._place(purpose, row) for purpose, row in [("a", "b"), ("ab", ""), ("", "ab"), ("a\x00b", "")]}
    assert len(places) == 4


def test_the_first_secret_seals_and_every_one_opens() -> None:
    """Rotation: with the new one in front old seals still open; new seals need the new one."""
    old, both, new = vault(OLD), vault(NEW, OLD), vault(NEW)
    before, after = old.seal("seed", "1", b"x"), both.seal("seed", "1", b"y")
    assert both.unseal("seed", "1", before) == b"x"
    assert both.unseal("seed", "1", after) == new.unseal("seed", "1", after) == b"y"
    assert not opens(new, "seed", "1", before)
    assert not opens(old, "seed", "1", after)


def test_whoever_opens_a_seal_learns_which_secret_it_needs() -> None:
    """So that seals of an old secret can be found before it is taken away."""
    both = vault(NEW, OLD)
    assert both.open("seed", "1", both.seal("seed", "1", b"x")) == (1, b"x")
    assert both.open("seed", "1", vault(OLD).seal("seed", "1", b"y")) == (2, b"y")
    assert vault(OLD).open("seed", "1", vault(OLD).seal("seed", "1", b"z")) == (1, b"z")


def test_a_changed_list_is_adopted_while_the_process_runs() -> None:
    """Seals and digests go on with the new one in front; one that was taken away opens nothing more."""
    box = vault(OLD)
    before, digest = box.seal("seed", "1", b"x"), box.mac("name", b"bob")
    box.adopt(MasterSecret([NEW, OLD]))
    assert box.unseal("seed", "1", before) == b"x"
    assert box.open("seed", "1", box.seal("seed", "1", b"y"))[0] == 1
    assert box.macs("name", b"bob") == (vault(NEW).mac("name", b"bob"), digest)
    after = box.seal("seed", "1", b"y")
    box.adopt(MasterSecret([NEW]))
    assert not opens(box, "seed", "1", before)
    assert box.unseal("seed", "1", after) == b"y"
    assert box.macs("name", b"bob") == (vault(NEW).mac("name", b"bob"),)


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" + b"a" * 27, b"\x02" + b"a" * 60, b"\x00" * 60, b"a" * 60])
def test_what_is_no_seal_does_not_open(sealed: bytes) -> None:
    """Too short, an unknown version, plain text: one error for all."""
    assert not opens(vault(), "seed", "1", sealed)


def test_no_two_seals_of_one_value_are_alike() -> None:
    """The nonce is drawn anew each time."""
    box = vault()
    assert len({box.seal("seed", "1", b"x")[1:13] for _ in range(200)}) == 200


@pytest.mark.asvs("11.3.4")
def test_no_nonce_is_used_twice() -> None:
    """With two seals of one nonce, whoever knows what is in one reads the other without any key."""

    def attack(box: Vault) -> bool:
        known, secret = b"what I chose myself", b"what somebody hides"
        mine, other = (box.seal("seed", "1", plain)[13:-16] for plain in (known, secret))
        read = bytes(a ^ b ^ c for a, b, c in zip(mine, other, known, strict=True))
        return read == secret

    two_sided(attack, whole=vault(), twin=Repeating(MasterSecret([OLD]), "here"))


@pytest.mark.asvs("11.3.1")
def test_equal_blocks_do_not_show() -> None:
    """The picture of what was sealed is not in the seal, nor whether two seals hold the same."""

    def attack(box: Vault) -> bool:
        sealed = box.seal("seed", "1", b"sixteen letters." * 8)
        blocks = [sealed[at : at + 16] for at in range(0, len(sealed), 16)]
        return len(set(blocks)) < len(blocks) or box.seal("seed", "1", b"x") == box.seal("seed", "1", b"x")

    two_sided(attack, whole=vault(), twin=Blockwise(MasterSecret([OLD]), "here"))


CIPHERS = "cryptography.hazmat.primitives.ciphers"
APPROVED = {(f"{CIPHERS}.aead", AESGCM.__name__)}


def _ciphers_of(tree: ast.AST) -> set[tuple[str, str]]:
    """What a file takes from the library's ciphers; the whole module counts as all that is in it."""
    found = set[tuple[str, str]]()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(CIPHERS):
            found |= {(str(node.module), alias.name) for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {(alias.name, "*") for alias in node.names if alias.name.startswith(CIPHERS)}
        elif isinstance(node, ast.ImportFrom) and node.module and CIPHERS.startswith(node.module):
            found |= {(f"{node.module}.{alias.name}", "*") for alias in node.names if alias.name == "ciphers"}
    return found


FORBIDDEN = (
    f"from {CIPHERS} import Cipher, modes",
    f"from {CIPHERS}.modes import ECB",
    f"from {CIPHERS}.algorithms import ARC4",
    f"import {CIPHERS}.base",
    "from cryptography.hazmat.primitives import ciphers",
)


@pytest.mark.asvs("11.3.1", "11.3.2")
def test_nothing_is_encrypted_but_with_aes_in_gcm() -> None:
    """In the whole package: no other cipher, no other mode, no padding of its own."""

    def attack(taken: Sequence[set[tuple[str, str]]]) -> bool:
        """Something is kept under a cipher that was not approved."""
        return any(each - APPROVED for each in taken)

    ours = [_ciphers_of(each.tree) for each in modules(ROOT, "src/buckler")]
    assert any(ours)
    for line in FORBIDDEN:
        two_sided(attack, whole=ours, twin=[*ours, _ciphers_of(ast.parse(line))])


def test_a_mac_depends_on_purpose_secret_and_data() -> None:
    """It is the same for the same three, and 32 bytes long."""
    box = vault()
    assert box.mac("name", b"bob") == vault().mac("name", b"bob")
    others = {box.mac("name", b"bob"), box.mac("name", b"bo"), box.mac("n", b"bob"), vault(NEW).mac("name", b"bob")}
    assert len(others) == 4
    assert {len(other) for other in others} == {32}


def test_an_installation_has_a_name() -> None:
    """Without one, seals would open anywhere."""
    with pytest.raises(ConfigurationError, match="installation"):
        vault(installation="")


def test_an_error_tells_nothing_of_the_value() -> None:
    """Neither the sealed bytes nor the row stand in it."""
    with pytest.raises(SealBroken) as caught:
        vault().unseal("seed", "row-of-bob", vault(NEW).seal("seed", "row-of-bob", b"x"))
    assert "row-of-bob" not in str(caught.value)
