"""What nobody may guess comes from the operating system's generator, with 128 bits or more."""

import random
from collections.abc import Callable

import pytest

from buckler.clock import SystemClock
from buckler.identity.administration.first_administrator import FirstAdministratorCode
from buckler.identity.mail.code_text import SYMBOLS, code_text
from buckler.identity.sessions.refresh_tokens import RefreshTokens
from buckler.identity.sign_in.devices import Devices
from buckler.randomness import identifier, request_id, secret_bytes, secret_text
from buckler.tokens.keys import SigningKey
from buckler.tokens.secret import MasterSecret
from buckler.tokens.vault import Vault
from tests.proof import two_sided

VAULT = Vault(MasterSecret([secret_bytes(48)]), "here")
Draw = Callable[[], object]


def drawn_fast() -> str:
    """The twin's code: of a generator whose state everybody finds out who has seen some of it."""
    return "".join(random.choices(SYMBOLS, k=26))  # noqa: S311 - what we must not do


UNGUESSABLE: dict[str, Draw] = {
    "bytes": secret_bytes,
    "text": secret_text,
    "id of a session or an account": identifier,
    "mailed code": code_text,
    "refresh token": lambda: RefreshTokens(VAULT).first("0" * 32).secret,
    "device token": lambda: Devices(VAULT, SystemClock())._new_token(),
    "first administrator's code": lambda: FirstAdministratorCode(SystemClock()).text,
    "nonce of a seal": lambda: VAULT.seal("seed", "1", b"x"),
    "signing key": lambda: SigningKey.generate().private_bytes(),
    "secret of HS256": lambda: SigningKey.generate("HS256").private_bytes(),
}


@pytest.mark.asvs("6.5.3", "7.2.3", "11.5.1")
@pytest.mark.parametrize("kind", UNGUESSABLE)
def test_nobody_foresees_what_is_drawn(kind: str) -> None:
    """Whoever knows the state of Python's own generator, as one can who has seen 624 numbers of it, knows nothing."""

    def attack(draw: Draw) -> bool:
        """Draw the same once more from the same state."""
        state = random.getstate()
        first = draw()
        random.setstate(state)
        return draw() == first

    two_sided(attack, whole=UNGUESSABLE[kind], twin=drawn_fast)


@pytest.mark.asvs("6.5.4", "7.2.3", "11.5.1")
@pytest.mark.parametrize("kind", ["bytes", "text", "id of a session or an account", "mailed code", "refresh token"])
def test_nobody_hits_one_by_trying(kind: str) -> None:
    """Of twenty thousand none is there twice: with 20 bits or less a pair would be among them, as in the twin."""

    def attack(draw: Draw) -> bool:
        """Find one that somebody else has been given."""
        return len({draw() for _ in range(20_000)}) < 20_000

    def short() -> str:
        return code_text()[:4]

    two_sided(attack, whole=UNGUESSABLE[kind], twin=short)


@pytest.mark.parametrize(
    ("draw", "bits"),
    [(lambda: len(secret_bytes()) * 8, 256), (lambda: len(identifier()) * 4, 128), (lambda: len(code_text()) * 5, 128)],
)
def test_each_is_as_long_as_it_has_to_be(draw: Callable[[], int], bits: int) -> None:
    """128 random bits or more."""
    assert draw() >= bits


def test_the_fast_generator_names_requests_alone() -> None:
    """The id of a request is told to its client and guards nothing."""
    assert len({request_id() for _ in range(1000)}) == 1000
    state = random.getstate()
    first = request_id()
    random.setstate(state)
    assert request_id() == first
