"""A mail setting that can never work cannot be built, and no refusal shows a password."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from buckler import Buckler, ConfigurationError, Settings
from buckler.identity.mail.outbox import Outbox
from buckler.identity.mail.server import MailServer
from buckler.identity.mail.settings import MailChoice, MailSettings
from buckler.identity.mail.smtp import SmtpMailer
from buckler.private_files import judge_private
from buckler.redact import Secret
from tests.identity.mail.memory import MemoryMailer
from tests.proof import stopped_by, two_sided

ORIGIN = "https://shop.example"


def chosen(data: Path, *, development: bool = False, mailer: Any = None, **said: Any) -> MailSettings | None:
    return MailChoice(**said).settings(origin=ORIGIN, data=data, development=development, mailer=mailer)


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("smtp://shop@mail.example:587", MailServer("mail.example", 587, "starttls", "shop")),
        ("smtp://mail.example", MailServer("mail.example", 587, "starttls")),
        ("smtp://mail.example:25", MailServer("mail.example", 25, "starttls")),
        ("smtps://shop%40shop.example@mail.example/", MailServer("mail.example", 465, "tls", "shop@shop.example")),
        ("smtp://localhost:1025", MailServer("localhost", 1025, "plain")),
        ("smtp://127.0.0.1:25", MailServer("127.0.0.1", 25, "plain")),
        ("smtp://[::1]:25", MailServer("::1", 25, "plain")),
        ("smtp://localhost", MailServer("localhost", 587, "starttls")),
        ("smtps://localhost:465", MailServer("localhost", 465, "tls")),
        ("smtp://127.0.0.1.evil.example:25", MailServer("127.0.0.1.evil.example", 25, "starttls")),
        ("smtp://localhost.evil.example:25", MailServer("localhost.evil.example", 25, "starttls")),
        ("smtp://10.0.0.1:25", MailServer("10.0.0.1", 25, "starttls")),
    ],
)
def test_a_server_is_read(text: str, server: MailServer) -> None:
    """Plain to this machine alone, by its own names; everywhere else over TLS."""
    assert MailServer.parse(text) == server


@pytest.mark.parametrize(
    "text",
    [
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://mail.example:0",
        "smtp://mail.example:70000",
        "smtp://mail.example:x",
        "smtp://mail.example/path",
        "smtp://mail.example?tls=no",
        "smtp://mail.example#x",
        "smtp://mail example",
        "smtp://mail.example\r\nX: y",
        "smtp://[::1",
        "smtp://m\u00e4il.example",
        "smtp://-mail.example",
    ],
)
def test_what_names_no_server_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="smtps://user@mail"):
        MailServer.parse(text)


def test_a_password_in_the_address_is_refused_unseen() -> None:
    with pytest.raises(ConfigurationError, match="BUCKLER_MAIL_PASSWORD_FILE") as caught:
        MailServer.parse("smtp://shop:vivid-otter@mail.example")
    assert "otter" not in str(caught.value)


def test_development_has_an_outbox(tmp_path: Path) -> None:
    """Without a word, and where it is asked for."""
    for said in ({}, {"mail": "outbox"}):
        mail = chosen(tmp_path, development=True, **said)
        assert mail is not None
        assert isinstance(mail.mailer, Outbox)
        assert mail.outbox == tmp_path / "outbox"


def test_production_has_no_mail_unless_a_server_is_named(tmp_path: Path) -> None:
    assert chosen(tmp_path) is None
    with pytest.raises(ConfigurationError, match="reach nobody"):
        chosen(tmp_path, mail="outbox")
    mail = chosen(tmp_path, mail="smtps://mail.example", sender="noreply@shop.example", code_page="/confirm")
    assert mail is not None
    assert isinstance(mail.mailer, SmtpMailer)
    assert (mail.outbox, mail.code_page) == (None, "/confirm")


@pytest.mark.parametrize(
    "said",
    [
        {"sender": "noreply@shop.example"},
        {"password": Secret("vivid otter")},
        {"password_file": Path("secret")},
        {"code_page": "/confirm"},
    ],
)
def test_a_setting_that_would_silently_not_hold_is_refused(tmp_path: Path, said: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="BUCKLER_MAIL is not"):
        chosen(tmp_path, **said)


@pytest.mark.parametrize("sender", ["", "shop", "Shop <noreply@shop.example>", "a@b\r\nBcc: c@d", "a@b, c@d", "-a@b"])
def test_letters_come_from_one_plain_address(tmp_path: Path, sender: str) -> None:
    with pytest.raises(ConfigurationError, match="BUCKLER_MAIL_FROM"):
        chosen(tmp_path, mail="smtps://mail.example", sender=sender)


def test_a_name_and_a_password_come_together(tmp_path: Path) -> None:
    for said in ({"mail": "smtps://mail.example", "password": Secret("x")}, {"mail": "smtps://shop@mail.example"}):
        with pytest.raises(ConfigurationError, match="come together"):
            chosen(tmp_path, sender="noreply@shop.example", **said)


def test_the_password_is_read_from_its_file(tmp_path: Path) -> None:
    """One line; the end of it is no part of the password. Two passwords at once are refused."""
    file = tmp_path / "password"
    said: dict[str, Any] = {
        "mail": "smtps://shop@mail.example",
        "sender": "noreply@shop.example",
        "password_file": file,
    }
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        chosen(tmp_path, **said)
    file.touch(0o600)
    for bad in (b"", b"\n", b"two\nlines\n", b"\xff", b"x" * 5000):
        file.write_bytes(bad)
        with pytest.raises(ConfigurationError, match="BUCKLER_MAIL_PASSWORD_FILE"):
            chosen(tmp_path, **said)
    file.write_bytes(b"vivid otter\r\n")
    mail = chosen(tmp_path, **said)
    assert mail is not None
    assert isinstance(mail.mailer, SmtpMailer)
    assert mail.mailer._password is not None
    assert mail.mailer._password.reveal() == "vivid otter"
    assert "otter" not in repr(mail)
    with pytest.raises(ConfigurationError, match="one password"):
        chosen(tmp_path, password=Secret("x"), **said)


@pytest.mark.parametrize("development", [False, True])
def test_a_password_that_others_can_read_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, development: bool
) -> None:
    """Everybody on the machine could send letters in our name."""
    file = tmp_path / "password"
    file.write_bytes(b"vivid otter\n")
    file.chmod(0o644)
    said: dict[str, Any] = {"mail": "smtps://shop@mail.example", "sender": "noreply@shop.example"}

    def attack(judge: Callable[..., None]) -> bool:
        """What lies open is what the service signs in with."""
        monkeypatch.setattr("buckler.private_files.judge_private", judge)
        return not stopped_by(
            ConfigurationError, lambda: chosen(tmp_path, development=development, password_file=file, **said)
        )

    two_sided(attack, whole=judge_private, twin=lambda *_: None)
    with pytest.raises(ConfigurationError, match=f"BUCKLER_MAIL_PASSWORD_FILE=.* has mode 644.*chmod 600 {file}"):
        chosen(tmp_path, password_file=file, **said)
    file.chmod(0o600)
    link = tmp_path / "link"
    link.symlink_to(file)
    with pytest.raises(ConfigurationError, match="not a link"):
        chosen(tmp_path, password_file=link, **said)


@pytest.mark.parametrize(
    "page",
    ["confirm", "//evil.example", "https://evil.example", "/a?b", "/a#b", "/a b", "/\\evil", "/a\r\n", "/@x", "/"],
)
def test_the_page_is_a_path_on_the_origin(page: str) -> None:
    """Nothing that leads a link elsewhere."""
    if page == "/":
        assert MailSettings(mailer=MemoryMailer(), code_page=page).code_page == "/"
    else:
        with pytest.raises(ConfigurationError, match="BUCKLER_CODE_PAGE"):
            MailSettings(mailer=MemoryMailer(), code_page=page)


def test_an_own_mailer_takes_the_place_of_the_server(tmp_path: Path) -> None:
    """And both at once are refused, as is one that delivers nothing."""
    own = MemoryMailer()
    mail = chosen(tmp_path, mailer=own)
    assert mail is not None
    assert mail.mailer is own
    with pytest.raises(ConfigurationError, match="choose one"):
        chosen(tmp_path, mailer=own, mail="smtps://mail.example")
    with pytest.raises(ConfigurationError, match="delivers nothing"):
        chosen(tmp_path, mailer=object())


def test_the_installer_takes_what_the_operator_says(tmp_path: Path) -> None:
    """From settings or from `mailer=`; without accounts there is nobody to write to."""
    here = Settings.load(environment="development", data=tmp_path)
    own = MemoryMailer()
    buckler = Buckler(FastAPI(), accounts=True, settings=here, mailer=own)
    assert buckler.accounts is not None
    assert buckler.accounts.settings.mail == MailSettings(mailer=own)
    with pytest.raises(ConfigurationError, match="without accounts=True"):
        Buckler(FastAPI(), settings=here, mailer=own)
    named = Settings.load(
        environment="development",
        data=tmp_path,
        mail="smtps://shop@mail.example",
        mail_from="noreply@shop.example",
        mail_password=SecretStr("vivid otter"),
        code_page="/confirm",
    )
    buckler = Buckler(FastAPI(), accounts=True, settings=named)
    assert buckler.accounts is not None
    mail = buckler.accounts.settings.mail
    assert mail is not None
    assert isinstance(mail.mailer, SmtpMailer)
    assert mail.code_page == "/confirm"
    assert "otter" not in repr(named) + repr(mail)


@pytest.mark.asvs("13.2.3")
@pytest.mark.parametrize(
    ("user", "password"), [("shop", "Admin"), ("shop", "changeme"), ("root", "root"), ("a%40b.c", "a")]
)
def test_a_password_that_is_tried_first_is_never_used(tmp_path: Path, user: str, password: str) -> None:
    """Somebody else would send letters in our name; in development a trap for mail may have such a password."""
    said: dict[str, Any] = {
        "mail": f"smtps://{user}@mail.example",
        "sender": "noreply@shop.example",
        "password": Secret(password),
    }

    def attack(development: bool) -> bool:
        """Whoever tries the usual ones has the one that the service uses."""
        return not stopped_by(ConfigurationError, lambda: chosen(tmp_path, development=development, **said))

    two_sided(attack, whole=False, twin=True)
    with pytest.raises(ConfigurationError, match="is one that is tried first") as refused:
        chosen(tmp_path, **{**said, "password": Secret("qwerty")})
    assert "qwerty" not in str(refused.value)
