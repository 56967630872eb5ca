"""What can be guessed of the next token, from those before."""

import secrets
import uuid
from base64 import urlsafe_b64encode
from hashlib import md5, sha256, sha512
from zlib import crc32

import pytest

from buckler.drill.attacks.tokens.guesswork import Prediction, Untold, easily_guessed, entropy


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
        ([sha512(str(number).encode()).hexdigest() for number in range(40, 46)], "digests of small numbers"),
        ([f"{crc32(str(number).encode()):08x}" for number in range(40, 46)], "digests of small numbers"),
        (["k-71942", "k-10385", "k-99127", "k-34556"], "17 bits"),
        ([str(uuid.UUID(int=(n * 7919 << 96) | 0x11EE_8C99_0242_AC12_0002)) for n in range(9, 15)], "bits"),
    ],
)
def test_what_can_be_guessed_is_told(given: list[str], words: str) -> None:
    """Counters in any writing, digests of them, and what differs in few places."""
    found = easily_guessed(given)
    assert isinstance(found, Prediction)
    assert words in found.words


@pytest.mark.parametrize(
    "given",
    [
        [secrets.token_urlsafe(24) for _ in range(6)],
        [secrets.token_hex(16) for _ in range(6)],
        [str(uuid.uuid4()) for _ in range(6)],
        [f"key_{secrets.token_hex(12)}_v1" for _ in range(6)],
    ],
)
def test_what_is_random_is_not(given: list[str]) -> None:
    """In any writing."""
    assert easily_guessed(given) is None


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (["the same"] * 6, "it was the same each time"),
        (["4711", "8150", "4711", "8150", "4711"], "the same came more than once"),
        (["one", "two"], "too few"),
    ],
)
def test_where_nothing_is_told_that_is_said(given: list[str], reason: str) -> None:
    """What is the same each time is no proof that the next cannot be known."""
    found = easily_guessed(given)
    assert isinstance(found, Untold)
    assert reason in found.reason


def test_only_what_differs_counts() -> None:
    """The beginning and the end that all have are known, and each place counts as its letters allow."""
    assert entropy(["a-10-z", "a-53-z", "a-77-z"]) == pytest.approx(6.64, abs=0.01)
