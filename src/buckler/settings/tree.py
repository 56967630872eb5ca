"""The settings of an installation, read once and frozen. `sources.py` says from where.

1. Every name has the prefix `BUCKLER_`, and a name that is none of ours is refused: a misspelt setting would
   be a setting that silently does not hold.
2. No environment named means production: development is asked for by name and answers this machine alone.
3. A value that can never work raises `ConfigurationError`, which names the value, the reason and the remedy.
   Settings that were not judged cannot exist, however they are built.
4. No error shows a value that we have not judged: it may be a secret.
"""

from pathlib import Path
from typing import Any, Final, Self, Unpack

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from buckler.errors import ConfigurationError
from buckler.input.byte_counts import bytes_in, size_meant
from buckler.settings.checks import check_place_of_secret, faults_of
from buckler.settings.display import in_force
from buckler.settings.given import Algorithm, Environment, Given, Identifier, RegistrationMode
from buckler.settings.origins import LOOPBACK_HOSTS, host_of
from buckler.settings.source_value import SourceValue
from buckler.settings.sources import gathered, unread_dotenv
from buckler.settings.words import explained, listed

TEST_HOST: Final = "testserver"
"""What Starlette's test client calls the host; answered in development alone."""


class Settings(BaseModel):
    """What an operator decides, each as `BUCKLER_` and the name in capitals. Build it with `Settings.load()`.

    Sizes are in bytes or as in `10 MB`, times in seconds, rates as in `5/minute`, lists with commas. An empty
    variable counts as none. Raises `ConfigurationError` for a value that can never work and for a name that is
    none of these. ASVS 13.4.2.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    _said: dict[str, SourceValue] = PrivateAttr(default_factory=dict[str, SourceValue])

    environment: Environment = "production"
    """Development answers this machine alone, shows the documents of the API, and lets anybody register."""
    origin: str = ""
    """Where clients reach the app: scheme, host and port, as in `https://api.example.com`."""
    hosts: str = ""
    """More host names to answer to, separated by commas."""
    redirect_origins: str = ""
    """Foreign origins that a redirect may lead to, as in `https://pay.example.com`, separated by commas."""
    cors_origins: str = ""
    """Foreign origins whose pages may read the answers, as in `https://app.example.com`, separated by commas; beside
    those of `Cors(...)`."""
    data: Path = Path("data")
    """The folder of the database."""
    master_secret: SecretStr | None = None
    """What accounts seal their keys with. Production needs this, or better a file of it; one of the two."""
    master_secret_file: Path | None = None
    """The file that holds the master secret: of mode 600, outside the data folder."""
    signing_algorithm: Algorithm = "Ed25519"
    """What tokens are signed with: Ed25519, ES256, RS256, or HS256 for a single service that nobody else verifies."""
    registration: RegistrationMode | None = None
    """Who may make an account: open is anybody, verified whoever reads the mail of its address, closed who is invited.
    By default open in development and closed in production."""
    identifier: Identifier = "email"
    """What one signs in with: an address, or a username."""
    session_lifetime: int = 30 * 86_400
    """Seconds after which a person has to sign in again, whatever it did meanwhile."""
    session_idle: int = 7 * 86_400
    """Seconds without a refresh after which a session is over."""
    behind: str = ""
    """The proxies in front: how many, or their networks separated by commas. Empty: clients come by themselves."""
    max_header_bytes: int = Field(default=16_384, ge=1024)
    """The most that the header fields of a request have together; each by itself may have half of it."""
    max_body_bytes: int = Field(default=1_048_576, ge=1)
    """The most that a body has, where its route declares nothing."""
    body_seconds: float = Field(default=10, gt=0, le=3600)
    """How long a body may be waited for before its first 8 kB."""
    password_form: bool | None = None
    """Whether `/auth/token` takes the OAuth2 password form; by default in development alone."""
    hsts_subdomains: bool = True
    """Whether browsers shall insist on HTTPS for the names below the origin as well (RFC 6797 section 6.1.2)."""
    client_limit: str = "6000/minute burst 1000"
    """How often one client may ask, whatever for. It can be set high, and never off."""
    failed_checks_limit: str = "300/minute burst 60"
    """How many tokens of one client network may be found not good before no more of them are looked at."""
    access_log: bool = False
    """Whether `buckler serve` writes a line for each request."""
    mail: str = ""
    """How letters leave: `smtp://user@mail.example.com:587`, `smtps://...`, or `outbox`, the default in development."""
    mail_from: str = ""
    """The address that letters come from, as in `noreply@example.com`."""
    mail_password: SecretStr | None = None
    """The password for the mail server; better a file of it."""
    mail_password_file: Path | None = None
    """The file that holds the password for the mail server."""
    code_page: str = ""
    """The path of the page that takes a code out of a link, as in `/confirm`. Empty: letters have the code alone, or
    where there is a console a link to its page."""
    processes: int | None = Field(default=None, ge=1, le=1024)
    """How many processes serve the app. In production it has to be said; `buckler serve` says it by itself."""
    count_per_process: str = ""
    """Why each of several processes may count limits for itself, in a line that an auditor will read."""
    head_seconds: float = Field(default=10, gt=0, le=3600)
    """How long `buckler serve` waits for the head of a request."""
    answer_seconds: float = Field(default=60, gt=0, le=3600)
    """How long `buckler serve` waits for a client that takes nothing of its answer."""
    drain_seconds: float = Field(default=0, ge=0, le=3600)
    """How long `buckler serve` goes on serving after the signal to end, while `/health/ready` answers 503."""
    max_connections: int = Field(default=1000, ge=1, le=1_000_000)
    """How many connections each process of `buckler serve` has at once."""
    events_checkpoints: str = ""
    """Where checkpoints of the event log are written beside it: the path of a file, or `syslog`. Empty: the log lines
    alone."""
    events_sign_ins_days: int = Field(default=90, ge=1, le=36_500)
    """How many days events of sign-ins are kept."""
    events_changes_days: int = Field(default=730, ge=1, le=36_500)
    """How many days events of changes are kept."""
    security_contact: str = ""
    """Who hears of a weakness, for `security.txt`: `mailto:`, `https://` or `tel:`, separated by commas."""
    security_expires: str = ""
    """The day until which `security.txt` may be trusted, as `YYYY-MM-DD`, a year away at most; needed with a contact.
    """
    security_policy: str = ""
    """The page that says how weaknesses are handled, for `security.txt`."""
    security_languages: str = ""
    """The languages that the contact reads, for `security.txt`, as in `en, de`."""

    def __init__(self, **given: Unpack[Given]) -> None:
        found = gathered(given)
        values = found.values()
        faults = [*found.faults, *self._tree_faults(values)]
        if not faults:
            faults = self._place_faults(found.said.get("master_secret"))
        if faults:
            note = unread_dotenv(str(values.get("environment", "production")))
            raise ConfigurationError("\n".join([*faults, *([note] if note else [])]))
        self._said = found.said

    @classmethod
    def load(cls, **given: Unpack[Given]) -> Self:
        """Read the sources; `given` values come first. Raises `ConfigurationError` with every fault."""
        return cls(**given)

    def said(self, name: str) -> SourceValue:
        """Where the value of a setting was said; its source is `default` where nobody said it."""
        return self._said.get(name) or SourceValue(getattr(self, name), "default", "default", name)

    def changed(self) -> dict[str, str]:
        """Every setting that somebody said and that is not its default, as a text; secrets as stars."""
        fields = type(self).model_fields
        return {name: text for name, text in in_force(self).items() if getattr(self, name) != fields[name].default}

    def _tree_faults(self, values: dict[str, Any]) -> list[str]:
        """What is wrong with the values themselves; all of it, as far as it can be judged without the wrong ones."""
        try:
            super().__init__(**values)
        except ConfigurationError as error:
            return [str(error)]
        except ValidationError as error:
            wrong = {str(each["loc"][0]) for each in error.errors(include_input=False, include_url=False)}
            sound = {name: value for name, value in values.items() if name not in wrong}
            return explained(error) + ([] if "environment" in wrong else self._tree_faults(sound))
        return []

    def _place_faults(self, said: SourceValue | None) -> list[str]:
        try:
            check_place_of_secret(said, self.data, development=self.development)
        except ConfigurationError as error:
            return [str(error)]
        return []

    @field_validator("max_header_bytes", "max_body_bytes", mode="before")
    @classmethod
    def _read_size(cls, value: Any) -> Any:
        """Sizes as in `Accepts("10 MB")`; a bare number, as the environment has it, is left to be one."""
        if not isinstance(value, str) or value.strip().lstrip("+-").isdigit():
            return value
        try:
            return bytes_in(value.strip())
        except ConfigurationError:
            # The words of that error quote the value, which may be a secret in the wrong place; a size that was
            # meant is none.
            meant = size_meant(value)
            raise PydanticCustomError("size", "This is neither a number nor a size.{meant}", {"meant": meant}) from None

    @property
    def development(self) -> bool:
        return self.environment == "development"

    @property
    def registers(self) -> RegistrationMode:
        """Who may make an account, with the default of the environment."""
        return self.registration or ("open" if self.development else "closed")

    @property
    def takes_password_form(self) -> bool:
        """Whether `/auth/token` stands."""
        return self.development if self.password_form is None else self.password_form

    @property
    def host_names(self) -> tuple[str, ...]:
        """Every host name to answer to, without ports."""
        own = (host_of(self.origin),) if self.origin else ()
        return own + listed(self.hosts) + ((*LOOPBACK_HOSTS, TEST_HOST) if self.development else ())

    @property
    def redirect_targets(self) -> tuple[str, ...]:
        """Every origin that a redirect may lead to beside the one that the request came to."""
        own = (self.origin,) if self.origin else ()
        return own + listed(self.redirect_origins)

    @property
    def on_loopback(self) -> bool:
        """Whether the origin is this machine."""
        return not self.origin or host_of(self.origin) in LOOPBACK_HOSTS

    @model_validator(mode="after")
    def _refuse_what_can_never_work(self) -> Self:
        faults = faults_of(self)
        if faults:
            raise ConfigurationError("\n".join(faults))
        return self
