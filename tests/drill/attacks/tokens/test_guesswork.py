"""What can be guessed of the next token, from those before."""

import secrets
import uuid
from base64 import urlsafe_b64encode
from hashlib import md5, sha256

import pytest

from buckler.drill.attacks.tokens.guesswork import easily_guessed, entropy


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([f"sess-{number:08d}" for number in range(97, 103)], "count up"),
        ([f"{number:x}" for number in range(0xFFE0, 0xFFFF, 7)], "count up"),
        (
            [urlsafe_b64encode(f"ada:{number}".encode()).decode() for number in range(1_700_000_000, 1_700_000_006)],
            "up",
        ),
        ([md5(str(number).encode(), usedforsecurity=False).hexdigest() for number in range(40, 46)], "digests"),
        ([sha256(str(number).encode()).hexdigest() for number in range(40, 46)], "digests"),
        (["k-71942", "k-10385", "k-99127", "k-34556"], "17 bits"),
        ([str(uuid.UUID(int=(n * 7919 << 96) | 0x11EE_8C99_0242_AC12_0002)) for n in range(9, 15)], "bits"),
    ],
)
def test_what_can_be_guessed_is_told(given: list[str], words: str) -> None:
    """Counters in any writing, digests of them, and what differs in few places."""
    found = easily_guessed(given)
    assert found is not None
    assert words in found.words


@pytest.mark.parametrize(
    "given",
    [
        [secrets.token_urlsafe(24) for _ in range(6)],
        [secrets.token_hex(16) for _ in range(6)],
        [str(uuid.uuid4()) for _ in range(6)],
        [f"key_{secrets.token_hex(12)}_v1" for _ in range(6)],
        ["the same"] * 6,
        ["one", "two"],
    ],
)
def test_what_cannot_be_told_is_not(given: list[str]) -> None:
    """Random values in any writing; what is the same each time; too few of them."""
    assert easily_guessed(given) is None


def test_only_what_differs_counts() -> None:
    """The beginning and the end that all have are known, and each place counts as its letters allow."""
    assert entropy(["a-10-z", "a-53-z", "a-77-z"]) == pytest.approx(6.64, abs=0.01)
