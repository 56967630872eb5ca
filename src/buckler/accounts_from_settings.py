"""From the tree of settings to those of the accounts. Imported only where there are accounts."""

from dataclasses import replace
from typing import Final

from buckler.errors import ConfigurationError
from buckler.events.journal.retention import Periods
from buckler.identity import AccountsSettings
from buckler.identity.mail.mailer import Mailer
from buckler.identity.mail.settings import MailChoice, MailSettings
from buckler.redact import Secret
from buckler.settings import Settings
from buckler.settings.sources import unread_dotenv

_CODE_PAGES: Final = {
    "confirm": "/confirm",
    "invite": "/confirm",
    "reset": "/reset/confirm",
    "address": "/profile/address/confirm",
}
"""The page of the console on which the code of a letter is typed, by the kind of the letter."""
_NO_ORIGIN: Final = "http://localhost"
"""Who issues tokens in development where no origin is named."""


def accounts_settings(
    settings: Settings, application: str, mailer: Mailer | None, *, console: str | None = None
) -> AccountsSettings:
    """The accounts' own settings, from those of the whole; with a `console`, at this path, letters lead there.

    Raises `ConfigurationError`.
    """
    try:
        own = _accounts_settings(settings, application, mailer)
        if console is None or own.mail is None or not settings.origin:
            return own
        pages = {kind: console + page for kind, page in _CODE_PAGES.items()}
        return replace(own, mail=replace(own.mail, code_pages=pages))
    except ConfigurationError as fault:
        # What is missing may stand in a file that was not read: who only follows the remedy makes a second secret.
        note = unread_dotenv(settings.environment)
        raise ConfigurationError("\n".join(filter(None, (str(fault), note)))) from fault


def _accounts_settings(settings: Settings, application: str, mailer: Mailer | None) -> AccountsSettings:
    issuer = settings.origin or _NO_ORIGIN
    secret = settings.master_secret
    return AccountsSettings(
        data=settings.data,
        issuer=issuer,
        audience=issuer,
        registration=settings.registers,
        development=settings.development,
        master_secret=Secret(secret.get_secret_value()) if secret is not None else None,
        master_secret_file=settings.master_secret_file,
        signing_algorithm=settings.signing_algorithm,
        password_form=settings.takes_password_form,
        application=application,
        identifier=settings.identifier,
        session_lifetime=settings.session_lifetime,
        session_idle=settings.session_idle,
        checkpoints=settings.events_checkpoints,
        periods=Periods(settings.events_sign_ins_days, settings.events_changes_days),
        in_force=settings.changed(),
        mail=_mail_settings(settings, issuer, mailer),
    )


def _mail_settings(settings: Settings, origin: str, mailer: Mailer | None) -> MailSettings | None:
    password = settings.mail_password
    choice = MailChoice(
        mail=settings.mail,
        sender=settings.mail_from,
        password=Secret(password.get_secret_value()) if password is not None else None,
        password_file=settings.mail_password_file,
        code_page=settings.code_page,
    )
    return choice.settings(origin=origin, data=settings.data, development=settings.development, mailer=mailer)
