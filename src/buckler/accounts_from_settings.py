"""From the tree of settings to those of the accounts. Imported only where there are accounts."""

from typing import Final

from buckler.identity import AccountsSettings
from buckler.identity.mail.mailer import Mailer
from buckler.identity.mail.settings import MailChoice, MailSettings
from buckler.redact import Secret
from buckler.settings import Settings

_NO_ORIGIN: Final = "http://localhost"
"""Who issues tokens in development where no origin is named."""


def accounts_settings(settings: Settings, application: str, mailer: Mailer | None) -> AccountsSettings:
    """The accounts' own settings, from those of the whole."""
    issuer = settings.origin or _NO_ORIGIN
    secret = settings.master_secret
    return AccountsSettings(
        data=settings.data,
        issuer=issuer,
        audience=issuer,
        registration=settings.registration or ("open" if settings.development else "closed"),
        development=settings.development,
        master_secret=Secret(secret.get_secret_value()) if secret is not None else None,
        master_secret_file=settings.master_secret_file,
        signing_algorithm=settings.signing_algorithm,
        password_form=settings.takes_password_form,
        application=application,
        identifier=settings.identifier,
        session_lifetime=settings.session_lifetime,
        session_idle=settings.session_idle,
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
