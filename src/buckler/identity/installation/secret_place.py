"""Where the master secret of an installation comes from: the text of a setting, or a file.

Only in development, and only where nothing is kept yet, a missing one is made on the spot.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from buckler.errors import ConfigurationError
from buckler.identity.settings import AccountsSettings
from buckler.redact import Secret
from buckler.tokens.secret import MasterSecret


@dataclass(frozen=True, slots=True)
class SecretPlace:
    """What an operator said about it."""

    data: Path
    text: Secret | None
    named: Path | None
    development: bool

    @classmethod
    def of(cls, settings: AccountsSettings) -> Self:
        """The place that the settings of the accounts name."""
        return cls(settings.data, settings.master_secret, settings.master_secret_file, settings.development)

    @property
    def file(self) -> Path | None:
        """The file it lies in, or None where the setting itself is the secret."""
        return None if self.text is not None else self.named or development_secret(self.data)

    def read(self) -> MasterSecret:
        """The secret. Raises `ConfigurationError`."""
        if self.text is not None:
            return MasterSecret.from_text(self.text.reveal())
        path = self.named or development_secret(self.data)
        if self.named is None and not path.exists():
            raise ConfigurationError(
                f"No master secret is given and {str(path)!r} is missing, but this database was sealed with one."
                " If that was in production, name the secret as there: BUCKLER_MASTER_SECRET_FILE (or"
                " BUCKLER_MASTER_SECRET). Put the file back if it was made here; where nothing in the data folder is"
                " needed, move that folder away to begin anew."
            )
        return MasterSecret.from_file(path, data=self.data, development=self.development)

    def read_or_make(self) -> MasterSecret:
        """The secret; in development a new one where none is given. Raises `ConfigurationError`."""
        path = development_secret(self.data)
        if self.development and self.text is None and self.named is None and not path.exists():
            return MasterSecret.create_file(path)
        return self.read()


def development_secret(data: Path) -> Path:
    """Where the secret lies that is made on the spot in development."""
    return data / "master.key"
