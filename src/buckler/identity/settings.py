"""What the operator decides about accounts. A setting that can never work cannot be built.

Origin and registration mode were judged where they are read, in the settings of the installation. A refusal
here names what the operator sets.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from buckler.errors import ConfigurationError
from buckler.identity.profiles import MINIMUM, PasswordProfile
from buckler.redact import Secret
from buckler.tokens.jwt import LONGEST_LIFE
from buckler.tokens.secret import REMEDY

RegistrationMode = Literal["open", "closed"]

SHORTEST_LIFETIME: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsSettings:
    """The settings of the accounts. `data` is the folder of the database."""

    data: Path
    issuer: str
    """The `iss` of the access tokens (RFC 9068 section 2.2): the origin."""
    audience: str
    registration: RegistrationMode
    development: bool
    token_lifetime: int = 600
    master_secret: Secret | None = None
    master_secret_file: Path | None = None
    hashing: PasswordProfile = MINIMUM
    password_form: bool = False
    """Whether `POST /auth/token` takes the OAuth2 password form, which RFC 9700 section 2.4 advises against."""
    administrator: str = "admin"
    """The role of the first administrator. Where no such role exists there is no way to claim it."""
    application: str = ""
    """The name of the application, which no password may lean on."""

    def __post_init__(self) -> None:
        self._check_lifetime()
        self._check_secret()

    def _check_lifetime(self) -> None:
        if not SHORTEST_LIFETIME <= self.token_lifetime <= LONGEST_LIFE:
            raise ConfigurationError(
                f"AccountsSettings(token_lifetime={self.token_lifetime}): an access token lives for"
                f" {SHORTEST_LIFETIME} to {LONGEST_LIFE} seconds; 600 is a good value."
            )

    def _check_secret(self) -> None:
        given = (self.master_secret is not None) + (self.master_secret_file is not None)
        if given == 2:
            raise ConfigurationError(
                "BUCKLER_MASTER_SECRET and BUCKLER_MASTER_SECRET_FILE are both set, but only one can seal. Drop one."
            )
        if given == 0 and not self.development:
            raise ConfigurationError(
                "BUCKLER_MASTER_SECRET_FILE is not set. Accounts seal what they keep with a master secret, and in"
                f" production none is made on the spot. {REMEDY}. Put it into a file of mode 600 outside the data"
                " folder and name the file there, or set BUCKLER_MASTER_SECRET to the secret itself."
            )
