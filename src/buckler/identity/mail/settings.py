"""How letters leave, as it was decided: by whom, and to which page their links lead.

What the operator said is judged here; a setting that can never work cannot be built. In development the
outbox is the default; in production no letter leaves unless a mail server is named.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from buckler.errors import ConfigurationError
from buckler.identity.mail.mailer import Mailer
from buckler.identity.mail.message import Sender
from buckler.identity.mail.outbox import FOLDER, Outbox
from buckler.identity.mail.server import MailServer
from buckler.identity.mail.smtp import SmtpMailer
from buckler.private_files import read_private
from buckler.redact import Secret

OUTBOX: Final = "outbox"
_PAGE: Final = re.compile(r"/(?!/)[A-Za-z0-9_.~/-]{0,200}", re.ASCII)
_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,180}[A-Za-z0-9])?", re.ASCII
)
_LONGEST_PASSWORD: Final = 4096
"""Bytes of the file."""
_USUAL: Final = (
    *("", "12345", "123456", "12345678", "123456789", "admin", "administrator", "changeme", "default", "guest"),
    *("letmein", "mail", "mailer", "password", "postfix", "postmaster", "qwerty", "root", "secret", "smtp"),
    *("test", "test123", "user"),
)
"""Passwords that servers come with, and those that are tried first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """The mailer, and the path of the page that takes a code out of a link."""

    mailer: Mailer
    code_page: str | None = None
    code_pages: Mapping[str, str] = field(default_factory=dict[str, str])
    """The same by the kind of a letter, where there is no such page: those of the console."""

    def __post_init__(self) -> None:
        if not callable(getattr(self.mailer, "deliver", None)):
            raise ConfigurationError(
                f"mailer={type(self.mailer).__name__}: it delivers nothing; give an object with async deliver(letter)."
            )
        if self.code_page is not None and not _PAGE.fullmatch(self.code_page):
            raise ConfigurationError(
                f"BUCKLER_CODE_PAGE={self.code_page!r} is no path on the origin: write it as in /confirm, without host,"
                " query and fragment. The letters put the code behind it."
            )

    @property
    def outbox(self) -> Path | None:
        """The folder to look into, where letters are files."""
        return self.mailer.folder if isinstance(self.mailer, Outbox) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailChoice:
    """What the operator says about mail, each as `BUCKLER_MAIL...` has it; empty for what is not said."""

    mail: str = ""
    sender: str = ""
    password: Secret | None = None
    password_file: Path | None = None
    code_page: str = ""

    def settings(self, *, origin: str, data: Path, development: bool, mailer: Mailer | None) -> MailSettings | None:
        """The settings, or None where no letter leaves. Raises `ConfigurationError`."""
        host = urlsplit(origin).hostname or "localhost"
        chosen = self._own(mailer) or self._mailer(host, data, development=development)
        if chosen is None:
            self._refuse_leftovers()
            return None
        return MailSettings(mailer=chosen, code_page=self.code_page or None)

    def _own(self, mailer: Mailer | None) -> Mailer | None:
        if mailer is not None and self.mail:
            raise ConfigurationError("mailer= and BUCKLER_MAIL: letters leave by one of them; choose one.")
        return mailer

    def _mailer(self, host: str, data: Path, *, development: bool) -> Mailer | None:
        if self.mail == OUTBOX and not development:
            raise ConfigurationError(
                "BUCKLER_MAIL=outbox in production: letters would lie in a folder, codes in them, and reach nobody."
                " Name a mail server, as in smtps://user@mail.example.com."
            )
        if self.mail in ("", OUTBOX):
            sender = Sender(self._sender(f"noreply@{host}"), host)
            return Outbox(data / FOLDER, sender) if development else None
        return self._smtp(host, development=development)

    def _smtp(self, host: str, *, development: bool) -> Mailer:
        server = MailServer.parse(self.mail)
        password = self._password()
        if (server.user is None) != (password is None):
            raise ConfigurationError(
                "BUCKLER_MAIL and BUCKLER_MAIL_PASSWORD_FILE: a name and a password come together. Write the name"
                " before the @ of BUCKLER_MAIL, and put the password into the file; or leave out both."
            )
        if password is not None and not development:
            _refuse_usual(server.user or "", password)
        return SmtpMailer(server, Sender(self._sender(""), host), password)

    def _sender(self, default: str) -> str:
        address = self.sender or default
        if not _ADDRESS.fullmatch(address):
            told = f"={address!r} is no plain address" if address else " is not set"
            raise ConfigurationError(
                f"BUCKLER_MAIL_FROM{told}: write the address that letters come from, as in noreply@example.com."
            )
        return address

    def _password(self) -> Secret | None:
        if self.password is not None and self.password_file is not None:
            raise ConfigurationError(
                "BUCKLER_MAIL_PASSWORD and BUCKLER_MAIL_PASSWORD_FILE are both set, but one password is sent. Drop one."
            )
        return self.password if self.password_file is None else _read_password(self.password_file)

    def _refuse_leftovers(self) -> None:
        said = {
            "BUCKLER_MAIL_FROM": self.sender,
            "BUCKLER_MAIL_PASSWORD": self.password,
            "BUCKLER_MAIL_PASSWORD_FILE": self.password_file,
            "BUCKLER_CODE_PAGE": self.code_page,
        }
        idle = next((name for name, value in said.items() if value), None)
        if idle is not None:
            raise ConfigurationError(
                f"{idle} is set, but BUCKLER_MAIL is not: no letter leaves. Name the mail server in BUCKLER_MAIL, as in"
                " smtps://user@mail.example.com, or leave out the other."
            )


def _refuse_usual(user: str, password: Secret) -> None:
    """No default credential is used for another service (ASVS 13.2.3)."""
    said, names = password.reveal().casefold(), {user.casefold(), user.casefold().partition("@")[0]}
    if said in _USUAL or said in names:
        raise ConfigurationError(
            "BUCKLER_MAIL_PASSWORD_FILE: the password of the mail server is one that is tried first, or the name of its"
            " account: somebody else would send letters in your name. Set another one there, and write it into the"
            " file."
        )


def _read_password(path: Path) -> Secret:
    shown = f"BUCKLER_MAIL_PASSWORD_FILE={str(path)!r}"
    text = read_private(path, shown, _LONGEST_PASSWORD).rstrip("\r\n")
    if not text or not text.isprintable():
        raise ConfigurationError(f"{shown}: there is no password of one line in it. Write it there, and nothing else.")
    return Secret(text)
