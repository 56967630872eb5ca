"""What the operator decides about accounts. A setting that can never work cannot be built.

Origin and registration mode were judged where they are read, in the settings of the installation. A refusal
here names what the operator sets.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from buckler.errors import ConfigurationError
from buckler.events.journal.retention import Periods
from buckler.identity.login_names import Identifier
from buckler.identity.mail.settings import MailSettings
from buckler.identity.passwords.profiles import MINIMUM, PasswordProfile
from buckler.redact import Secret
from buckler.tokens.algorithms import ALGORITHMS, Algorithm
from buckler.tokens.jwt import LONGEST_LIFE
from buckler.tokens.keys import DEFAULT_ALGORITHM
from buckler.tokens.secret import REMEDY

RegistrationMode = Literal["open", "verified", "closed"]
"""Who may make an account: anybody, whoever reads the mail of its address, or who is invited."""

SHORTEST_LIFETIME: Final = 60
ADMINISTRATOR: Final = "admin"
"""What the administrator's role is called."""
DAY: Final = 86_400
LONGEST_SESSION: Final = 365 * DAY


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
    signing_algorithm: Algorithm = DEFAULT_ALGORITHM
    """What new keys sign with. Where it changes, the next start makes a key that is published before it signs."""
    hashing: PasswordProfile = MINIMUM
    password_form: bool = False
    """Whether `POST /auth/token` takes the OAuth2 password form, which RFC 9700 section 2.4 advises against."""
    identifier: Identifier = "email"
    """What one signs in with."""
    administrator: str = ADMINISTRATOR
    """The role of the first administrator. Where no such role exists there is no way to claim it."""
    application: str = ""
    """The name of the application, which no password may lean on."""
    session_lifetime: int = 30 * DAY
    """Seconds after which a person must prove again who it is, whatever it did meanwhile (ASVS 7.3.2)."""
    session_idle: int = 7 * DAY
    """Seconds without a refresh after which a session is over (ASVS 7.3.1)."""
    checkpoints: str = ""
    """Where checkpoints of the log go beside its lines: a file, or `syslog`."""
    periods: Periods = field(default_factory=Periods)
    """For how long events are kept."""
    in_force: Mapping[str, object] = field(default_factory=dict[str, object])
    """What the log keeps of the settings when the service starts. No secret stands in it."""
    mail: MailSettings | None = None
    """How letters leave. None: none does, and what needs a mailed code has no routes."""

    def __post_init__(self) -> None:
        self._check_lifetime()
        self._check_sessions()
        self._check_algorithm()
        self._check_secret()
        self._check_registration()

    @property
    def proves_addresses(self) -> bool:
        """Whether a code can be mailed to whoever has no account yet."""
        return self.mail is not None and self.identifier == "email"

    def _check_registration(self) -> None:
        if self.registration != "verified" or self.proves_addresses:
            return
        if self.identifier != "email":
            raise ConfigurationError(
                "BUCKLER_REGISTRATION=verified with BUCKLER_IDENTIFIER=username: a code cannot be mailed to a username."
                " Set BUCKLER_IDENTIFIER=email, or BUCKLER_REGISTRATION=open or closed."
            )
        raise ConfigurationError(
            "BUCKLER_REGISTRATION=verified without mail: the code that opens an account would reach nobody. Name the"
            " mail server in BUCKLER_MAIL, as in smtps://user@mail.example.com, or give Buckler a mailer."
        )

    def _check_lifetime(self) -> None:
        if not SHORTEST_LIFETIME <= self.token_lifetime <= LONGEST_LIFE:
            raise ConfigurationError(
                f"AccountsSettings(token_lifetime={self.token_lifetime}): an access token lives for"
                f" {SHORTEST_LIFETIME} to {LONGEST_LIFE} seconds; 600 is a good value."
            )

    def _check_algorithm(self) -> None:
        if self.signing_algorithm not in ALGORITHMS:
            raise ConfigurationError(
                f"AccountsSettings(signing_algorithm={self.signing_algorithm!r}): tokens are signed with one of"
                f" {', '.join(ALGORITHMS)}; {DEFAULT_ALGORITHM} is a good choice."
            )

    def _check_sessions(self) -> None:
        if not self.token_lifetime <= self.session_lifetime <= LONGEST_SESSION:
            raise ConfigurationError(
                f"BUCKLER_SESSION_LIFETIME={self.session_lifetime}: a session lasts for {self.token_lifetime} seconds,"
                f" as an access token does, to {LONGEST_SESSION}; 2592000 is 30 days (NIST SP 800-63B AAL1), 86400 is"
                " one day (AAL2)."
            )
        if self.session_idle > self.session_lifetime:
            # Nobody may have set it: the lifetime alone was cut to less than what stands here by default.
            raise ConfigurationError(
                f"BUCKLER_SESSION_LIFETIME={self.session_lifetime}: BUCKLER_SESSION_IDLE must be between"
                f" {self.token_lifetime} and {self.session_lifetime} too, since no session outlives its lifetime;"
                " set it."
            )
        if self.session_idle < self.token_lifetime:
            raise ConfigurationError(
                f"BUCKLER_SESSION_IDLE={self.session_idle}: a session that nobody uses ends after {self.token_lifetime}"
                f" seconds, as an access token does, to {self.session_lifetime}, the lifetime of sessions. 604800 is a"
                " week, 3600 an hour (NIST SP 800-63B AAL2)."
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
