"""What the operator decides about accounts. A setting that can never work cannot be built."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from buckler.errors import ConfigurationError
from buckler.identity.profiles import MINIMUM, PasswordProfile
from buckler.redact import Secret

Registration = Literal["open", "closed"]

LONGEST_LIFETIME: Final = 3600
SHORTEST_LIFETIME: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsSettings:
    """The settings of the accounts. `data` is the folder of the database."""

    data: Path
    issuer: str
    """The `iss` of the access tokens (RFC 9068 section 2.2): an https URL, in development also http."""
    audience: str
    registration: Registration
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
        self._check_registration()
        self._check_issuer()
        self._check_lifetime()
        self._check_secret()

    def _check_registration(self) -> None:
        asked: str = self.registration
        if asked not in ("open", "closed"):
            why = "it needs mail, which this version does not send" if asked == "verified" else "there is no such mode"
            raise ConfigurationError(
                f"AccountsSettings(registration={asked!r}): {why};"
                " use 'closed', or 'open' where anybody may make an account."
            )

    def _check_issuer(self) -> None:
        parts = urlsplit(self.issuer)
        allowed = ("https", "http") if self.development else ("https",)
        if parts.scheme not in allowed or not parts.netloc or parts.query or parts.fragment:
            raise ConfigurationError(
                f"AccountsSettings(issuer={self.issuer!r}): the issuer is an https URL without query and fragment"
                " (RFC 9068 section 2.2), as in 'https://api.example.org'."
            )
        if not self.audience:
            raise ConfigurationError("AccountsSettings(audience=''): a token must say for whom it is; name your API.")

    def _check_lifetime(self) -> None:
        if not SHORTEST_LIFETIME <= self.token_lifetime <= LONGEST_LIFETIME:
            raise ConfigurationError(
                f"AccountsSettings(token_lifetime={self.token_lifetime}): an access token lives for"
                f" {SHORTEST_LIFETIME} to {LONGEST_LIFETIME} seconds; 600 is a good value."
            )

    def _check_secret(self) -> None:
        given = (self.master_secret is not None) + (self.master_secret_file is not None)
        if given == 2:
            raise ConfigurationError(
                "AccountsSettings: master_secret and master_secret_file are given, but only one can seal; drop one."
            )
        if given == 0 and not self.development:
            raise ConfigurationError(
                "AccountsSettings: without a master secret nothing can be sealed, and in production none is made on"
                " the spot; give master_secret_file (outside the data folder, mode 600) or master_secret."
            )
