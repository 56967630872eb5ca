"""What an app needs to deliver the letters of its accounts itself: `Buckler(app, accounts=True, mailer=...)`."""

from buckler.identity.mail.letter import Letter
from buckler.identity.mail.mailer import Mailer, MailFailed

__all__ = ["Letter", "MailFailed", "Mailer"]
