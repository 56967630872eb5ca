"""The settings of an installation, read once from the environment and frozen.

1. Every name has the prefix `BUCKLER_`, and a name that is none of ours is refused: a misspelt setting would
   be a setting that silently does not hold.
2. No environment named means production: development is asked for by name and answers this machine alone.
3. A value that can never work raises `ConfigurationError`, which names the value, the reason and the remedy.
   Settings that were not judged cannot exist, however they are built.
4. No error shows a value that we have not judged: it may be a secret.
"""

import os
import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Literal, Self, TypedDict, Unpack
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from buckler.edge.host import Host
from buckler.edge.proxies import proxies_named
from buckler.edge.rates import Rate
from buckler.errors import ConfigurationError
from buckler.input.byte_counts import bytes_in, size_meant

Algorithm = Literal["Ed25519", "ES256", "RS256", "HS256"]
Environment = Literal["development", "production"]
RegistrationMode = Literal["open", "verified", "closed"]
Identifier = Literal["email", "username"]
PREFIX: Final = "BUCKLER_"
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")
_PLAIN: Final = re.compile(r"[\x21\x23-\x29\x2b-\x40\x5b\x5d-\x7e]+")
"""Visible ASCII in lower case, without the quote, the star and the backslash."""
_PORTED: Final = re.compile(r":[^\]]*\Z")
_SWITCH: Final = "write true or false"
_SECONDS: Final = "write a whole number of seconds, as in 86400 for a day"
_FORMS: Final = {
    "environment": "write development or production",
    "signing_algorithm": "write Ed25519, ES256, RS256 or HS256",
    "registration": "write open, verified or closed",
    "identifier": "write email or username",
    "session_lifetime": _SECONDS,
    "session_idle": _SECONDS,
    "body_seconds": "write seconds, more than 0 and at most 3600, as in 10 or 2.5",
    "max_header_bytes": "write a whole number of bytes from 1024, or a size as in '16 KiB'",
    "max_body_bytes": "write a whole number of bytes from 1, or a size as in '10 MB'",
    "password_form": _SWITCH,
    "hsts_subdomains": _SWITCH,
    "access_log": _SWITCH,
}
"""What to write where a value does not fit."""
TEST_HOST = "testserver"
"""What Starlette's test client calls the host; answered in development alone."""


class Given(TypedDict, total=False):
    """What `Settings.load` takes: the settings, each by its name."""

    environment: Environment
    origin: str
    hosts: str
    redirect_origins: str
    data: Path
    master_secret: SecretStr | None
    master_secret_file: Path | None
    signing_algorithm: Algorithm
    registration: RegistrationMode | None
    identifier: Identifier
    session_lifetime: int
    session_idle: int
    behind: str
    max_header_bytes: int
    max_body_bytes: int
    body_seconds: float
    password_form: bool | None
    hsts_subdomains: bool
    client_limit: str
    failed_checks_limit: str
    access_log: bool
    mail: str
    mail_from: str
    mail_password: SecretStr | None
    mail_password_file: Path | None
    code_page: str


class Settings(BaseSettings):
    """What an operator decides, each as `BUCKLER_` and the name in capitals. Build it with `Settings.load()`.

    Sizes are in bytes or as in `10 MB`, times in seconds, rates as in `5/minute`, lists with commas. An empty
    variable counts as none. Raises `ConfigurationError` for a value that can never work and for a name that is
    none of these. ASVS 13.4.2.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True, hide_input_in_errors=True
    )

    environment: Environment = "production"
    """Development answers this machine alone, shows the documents of the API, and lets anybody register."""
    origin: str = ""
    """Where clients reach the app: scheme, host and port, as in `https://api.example.com`."""
    hosts: str = ""
    """More host names to answer to, separated by commas."""
    redirect_origins: str = ""
    """Foreign origins that a redirect may lead to, as in `https://pay.example.com`, separated by commas."""
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
    """The path of the page that takes a code out of a link, as in `/confirm`. Empty: letters have the code alone."""

    @classmethod
    def load(cls, **given: Unpack[Given]) -> Self:
        """Read the environment; `given` values come first. Raises `ConfigurationError`."""
        _refuse_unknown({name: name for name in given}, cls.model_fields)
        try:
            return cls(**given)
        except ValidationError as error:
            raise ConfigurationError(_explain(error)) from None

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_variables(cls, values: Any) -> Any:
        ours = [name for name, value in os.environ.items() if value and name.upper().startswith(PREFIX)]
        _refuse_unknown({name: name[len(PREFIX) :].lower() for name in ours}, cls.model_fields, PREFIX)
        return values

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
    def takes_password_form(self) -> bool:
        """Whether `/auth/token` stands."""
        return self.development if self.password_form is None else self.password_form

    @property
    def host_names(self) -> tuple[str, ...]:
        """Every host name to answer to, without ports."""
        named = tuple(name.strip() for name in self.hosts.split(",") if name.strip())
        own = (_host_of(self.origin),) if self.origin else ()
        return own + named + ((*LOOPBACK_HOSTS, TEST_HOST) if self.development else ())

    @property
    def redirect_targets(self) -> tuple[str, ...]:
        """Every origin that a redirect may lead to beside the one that the request came to."""
        own = (self.origin,) if self.origin else ()
        return own + _listed(self.redirect_origins)

    @property
    def on_loopback(self) -> bool:
        """Whether the origin is this machine."""
        return not self.origin or _host_of(self.origin) in LOOPBACK_HOSTS

    @model_validator(mode="after")
    def _refuse_what_can_never_work(self) -> Self:
        _check_proxies(self.behind)
        for each in _listed(self.hosts):
            _check_host(each)
        _check_rate("client_limit", self.client_limit)
        _check_rate("failed_checks_limit", self.failed_checks_limit)
        for each in _listed(self.redirect_origins):
            _check_origin(each, "BUCKLER_REDIRECT_ORIGINS", development=self.development)
        if self.origin:
            _check_origin(self.origin, "BUCKLER_ORIGIN", development=self.development)
        elif not self.development:
            raise ConfigurationError(
                "BUCKLER_ORIGIN is not set. In production Buckler must know where clients reach the app, as in"
                " BUCKLER_ORIGIN=https://api.example.com: hosts, redirects and tokens depend on it."
                " To try things on this machine alone, set BUCKLER_ENVIRONMENT=development."
            )
        if self.development and self.origin and not self.on_loopback:
            raise ConfigurationError(
                f"BUCKLER_ORIGIN={self.origin} with BUCKLER_ENVIRONMENT=development: development answers this machine"
                " alone. Set BUCKLER_ENVIRONMENT=production, or an origin on localhost."
            )
        return self


def _check_proxies(behind: str) -> None:
    if behind.strip() == "0":
        raise ConfigurationError(
            f"{PREFIX}BEHIND='0': where no proxy stands in front, leave it empty; else write how many do, from 1."
        )
    proxies_named(behind)


def _check_host(name: str) -> None:
    # As with an origin: what stands before an @ may be a password.
    shown = _shown(name)
    try:
        Host((shown,))
    except ConfigurationError as error:
        raise ConfigurationError(
            f"{PREFIX}HOSTS: {error} That is the name alone, without scheme, port and path, as in"
            " api.example.com, www.example.com."
        ) from None


def _shown(text: str) -> str:
    return "***@" + text.rpartition("@")[2] if "@" in text else text


def _check_rate(name: str, text: str) -> None:
    try:
        Rate.parse(text)
    except ConfigurationError as error:
        raise ConfigurationError(f"{PREFIX}{name.upper()}: {error}") from None


def _listed(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(",") if name.strip())


def _check_origin(origin: str, setting: str, *, development: bool) -> None:
    # A name and password before the host are nobody's to read.
    shown = _shown(origin)
    parts = _split(origin)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(
            f"{setting}={shown!r} is no origin: write scheme and host in lower case, as in https://api.example.com."
        )
    if parts.path or parts.query or parts.fragment or parts.username is not None:
        raise ConfigurationError(f"{setting}={shown!r} has more than scheme, host and port: write {_origin_in(parts)}.")
    if parts.scheme == "http" and not development:
        raise ConfigurationError(
            f"{setting}={shown!r} is plain HTTP: tokens would cross the network in clear. Use https."
        )


def _origin_in(parts: SplitResult) -> str:
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _split(origin: str) -> SplitResult | None:
    """The parts of a text that could be an origin; None for one that `urlsplit` would repair or cannot read."""
    try:
        parts = urlsplit(origin)
        sound = _PLAIN.fullmatch(origin) is not None and (parts.port is None) == (not _PORTED.search(parts.netloc))
    except ValueError:
        return None
    return parts if sound else None


def _host_of(origin: str) -> str:
    name = urlsplit(origin).hostname or ""
    return f"[{name}]" if ":" in name else name


def _refuse_unknown(given: Mapping[str, str], known: Collection[str], prefix: str = "") -> None:
    """Raise for every name, as it was written, that stands for none of the `known` settings."""
    faults = [_unknown(written, name, known, prefix) for written, name in sorted(given.items()) if name not in known]
    if faults:
        raise ConfigurationError("\n".join(faults))


def _unknown(written: str, name: str, known: Collection[str], prefix: str) -> str:
    like = get_close_matches(name, known, n=1) or [each for each in sorted(known) if each in name or name in each][:1]
    told = [f"{prefix}{each.upper()}" if prefix else each for each in like or sorted(known)]
    remedy = f"did you mean {told[0]}?" if like else f"the settings are {', '.join(told)}."
    return f"{written}: there is no such setting; {remedy}"


def _explain(error: ValidationError) -> str:
    """Each bad value by its environment name; the value itself may be a secret, so it is not told."""
    told = error.errors(include_input=False, include_url=False)
    return "\n".join(_told([str(part) for part in each["loc"]], each["msg"]) for each in told)


def _told(place: list[str], words: str) -> str:
    form = _FORMS.get(place[0]) if place else None
    sentence = words if words.endswith(("?", ".")) else words + "."
    return f"{PREFIX}{'_'.join(place).upper()}: {sentence}" + (f" {form[0].upper()}{form[1:]}." if form else "")
