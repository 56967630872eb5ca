"""What a password hash costs: named, frozen numbers with their source (ASVS 11.4.2, RFC 9106).

Memory is what makes guessing dear on special hardware; one lane, because each hash has one
thread.
"""

from dataclasses import dataclass
from typing import Final

from buckler.errors import ConfigurationError

LEAST_MEMORY: Final = 19 * 1024
MOST_MEMORY: Final = 1024 * 1024
LEAST_PASSES: Final = 2


@dataclass(frozen=True, slots=True)
class PasswordProfile:
    """Argon2id with `memory_kib` KiB and `passes` over them.

    Raises `ConfigurationError` below 19 MiB and 2 passes: a stolen table could be guessed.
    """

    name: str
    memory_kib: int
    passes: int

    def __post_init__(self) -> None:
        if not (LEAST_MEMORY <= self.memory_kib <= MOST_MEMORY and self.passes >= LEAST_PASSES):
            raise ConfigurationError(
                f"PasswordProfile(memory_kib={self.memory_kib}, passes={self.passes}): Argon2id needs"
                f" {LEAST_MEMORY} to {MOST_MEMORY} KiB and at least {LEAST_PASSES} passes; use MINIMUM or STRONG."
            )


MINIMUM: Final = PasswordProfile("minimum", LEAST_MEMORY, LEAST_PASSES)
"""The least that OWASP's Password Storage Cheat Sheet allows; about 25 ms."""
STRONG: Final = PasswordProfile("strong", 64 * 1024, 3)
"""The memory and passes of RFC 9106 section 4, second option; about 120 ms."""
