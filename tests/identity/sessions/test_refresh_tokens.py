"""A refresh token is ours or it is refused unseen; neither the database nor an old token leads to the next one."""

import hmac
import re
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buckler.identity.sessions import session_secrets
from buckler.identity.sessions.refresh_tokens import RefreshTokens
from buckler.identity.sessions.session_secrets import LENGTH, PATTERN, Presented
from buckler.randomness import identifier, secret_bytes
from buckler.tokens.secret import MasterSecret
from buckler.tokens.segments import decode, encode
from buckler.tokens.vault import Vault
from tests.identity.home import Home
from tests.proof import two_sided, two_sided_async

OLD, NEW = secret_bytes(48), secret_bytes(48)
SESSION = "0123456789abcdef" * 2


def tokens(*masters: bytes, vault: type[Vault] = Vault) -> RefreshTokens:
    return RefreshTokens(vault(MasterSecret(masters or (OLD,)), "here"))


class OpenVault(Vault):
    """Its digests have no key: everybody who reads the source can compute them."""

    def mac(self, purpose: str, data: bytes) -> bytes:
        return hmac.digest(purpose.encode(), data, "sha256")

    def macs(self, purpose: str, data: bytes) -> tuple[bytes, ...]:
        return (self.mac(purpose, data),)


class StaticTokens(RefreshTokens):
    """Each session begins with one and the same secret, as an API key would be."""

    def first(self, session_id: str) -> Presented:
        return Presented(session_id, sha256(b"static").digest())


class TrustingTokens(RefreshTokens):
    """Looks at the form of a token and at nothing else."""

    def read(self, text: str) -> Presented | None:
        session_id, secret, _ = text.split(".")
        return Presented(session_id, decode(secret.encode()))


class KeptWhole(Presented):
    """What the database keeps of it is the secret itself."""

    @property
    def digest(self) -> bytes:
        return self.secret


def test_a_token_has_one_form_and_is_read_back() -> None:
    """Of a fixed length, for the schema too; reading gives what was written."""
    ours = tokens()
    first = ours.first(identifier())
    text = ours.text(first)
    assert len(text) == LENGTH
    assert re.fullmatch(PATTERN, text)
    assert ours.read(text) == first
    assert len(first.secret) == 32


def test_a_token_shows_nothing_of_itself() -> None:
    """Neither its secret nor its digest is in what a log may write of it."""
    first = tokens().first(SESSION)
    assert "secret" not in repr(first)
    assert repr(first.secret) not in repr(first)


@given(st.text(max_size=120))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever comes, nothing but one of ours is read."""
    assert tokens().read(text) is None


def test_whatever_is_changed_in_a_token_it_is_refused_unseen() -> None:
    """Each character in turn, pieces of two tokens, and tags that are cut or of another session."""

    def attack(ours: RefreshTokens) -> bool:
        """Write a token that is taken for one of ours."""
        text, other = ours.text(ours.first(SESSION)), ours.text(ours.first(SESSION[::-1]))
        session, secret, tag = text.split(".")
        turned = [text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :] for at in range(len(text) - 1)]
        mixed = [f"{other.partition('.')[0]}.{secret}.{tag}", f"{session}.{encode(secret_bytes())}.{tag}"]
        return any(ours.read(each) is not None for each in (*turned[33:76:7], *mixed))

    two_sided(attack, whole=tokens(), twin=TrustingTokens(Vault(MasterSecret([OLD]), "here")))


def test_a_token_has_one_spelling() -> None:
    """Unused bits, padding and line ends make no second one."""
    ours = tokens()
    text = ours.text(ours.first(SESSION))
    session, secret, tag = text.split(".")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    odd = alphabet[alphabet.index(secret[-1]) ^ 1]
    spellings = (
        f"{session}.{secret[:-1]}{odd}.{tag}",
        text + "=",
        text + "\n",
        f" {text}",
        session.upper() + text[32:],
    )
    assert [ours.read(each) for each in spellings if each != text] == [None] * len(spellings)


def test_every_process_derives_the_same_successor() -> None:
    """From the token that was brought and the master secret alone; each step is another."""
    first = tokens().first(SESSION)
    (one,), (other,) = tokens().successors(first), tokens().successors(first)
    assert one == other
    assert len({first.secret, one.secret, tokens().successors(one)[0].secret}) == 3
    assert tokens().successors(Presented(SESSION[::-1], first.secret))[0].secret != one.secret


def test_a_change_of_the_master_secret_ends_no_session() -> None:
    """What the old one signed is read, and both successors are known: a process may not have heard of the new one."""
    before, between, after = tokens(OLD), tokens(NEW, OLD), tokens(NEW)
    text = before.text(before.first(SESSION))
    first = between.read(text)
    assert first is not None
    assert {each.digest for each in between.successors(first)} >= {before.successors(first)[0].digest}
    assert between.successors(first)[0] == after.successors(first)[0]
    assert after.read(text) is None


async def test_a_used_token_does_not_lead_to_the_next_one(tmp_path: Path) -> None:
    """A thief of an old token who knows the source, and has the database, derives no successor."""

    async def attack(home: Home) -> bool:
        first = await home.begin()
        newest = await home.must_renew(first.refresh)
        session, secret, _ = first.refresh.split(".")
        home.rows("SELECT * FROM session")
        guess = tokens(vault=OpenVault)
        derived = guess.text(guess.successors(Presented(session, decode(secret.encode())))[0])
        renewed = await home.renew(derived)
        return derived == newest.refresh and renewed is not None

    async with Home(tmp_path / "whole") as whole, Home(tmp_path / "twin") as twin:
        twin.sessions._tokens._vault = OpenVault(MasterSecret([OLD]), "there")
        await two_sided_async(attack, whole=whole, twin=twin)


def test_what_the_database_keeps_opens_nothing() -> None:
    """A digest, from which nobody comes back to the secret: brought as a token it is another one."""

    def attack(kind: type[Presented]) -> bool:
        kept = kind(SESSION, secret_bytes()).digest
        return kind(SESSION, kept).digest == kept

    two_sided(attack, whole=Presented, twin=KeptWhole)


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_no_secret_of_a_session_is_in_the_database(tmp_path: Path) -> None:
    """Neither as it is written nor as bytes, of the first token, its successor or their tags; in no file of it."""
    async with Home(tmp_path) as home:
        first = await home.begin()
        newest = await home.must_renew(first.refresh)
        kept = bytes_of(tmp_path)
    assert first.session_id.encode() in kept
    for token in (first, newest):
        for part in token.refresh.split(".")[1:]:
            assert part.encode() not in kept
            assert decode(part.encode()) not in kept
        assert token.access.encode() not in kept


@pytest.mark.asvs("7.2.2")
async def test_each_sign_in_has_tokens_of_its_own(tmp_path: Path) -> None:
    """Nothing of one session is good in another, of the same account from the same device."""

    async def attack(home: Home) -> bool:
        """A secret that was seen once is good for every later session."""
        seen, later = await home.begin(), await home.begin()
        assert seen.session_id != later.session_id
        return seen.refresh.split(".")[1] == later.refresh.split(".")[1]

    async with Home(tmp_path / "whole") as whole, Home(tmp_path / "twin", StaticTokens) as twin:
        await two_sided_async(attack, whole=whole, twin=twin)


def test_the_numbers_of_a_token_are_enough() -> None:
    """256 random bits, and a tag of 128 that a guess would have to hit first."""
    assert session_secrets._TAG_BYTES * 8 == 128
    firsts = {tokens().first(SESSION).secret for _ in range(1000)}
    assert len(firsts) == 1000
    assert {len(each) for each in firsts} == {32}
