"""What the letters say. Each says what to do when it was not you.

Links lead to the configured origin alone: nothing of a request has a way in here. A code stands behind the
`#` of a link, which browsers send to no server and write into no Referer (RFC 9110 section 10.1.3), so the
page has to take it out and POST it; a scanner that opens every link uses nothing up.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from buckler.clock import Clock
from buckler.identity.mail.letter import Letter
from buckler.identity.mail.page import Code, Line, Link, as_html, as_text
from buckler.identity.mail.plain_words import one_line, unlinked

_TEN: Final = "It works once, within ten minutes."
_KEEP: Final = "Nobody of us will ever ask you for it: give it to nobody, whoever asks."


class Letters:
    """Every letter of one application."""

    def __init__(
        self, origin: str, application: str, clock: Clock, code_page: str | None = None,
        code_pages: Mapping[str, str] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        """`code_pages` are those by the kind of a letter, where there is no `code_page`."""
        self._origin = origin
        self._name = one_line(application) or origin
        self._page = code_page
        self._pages = code_pages
        self._clock = clock

    def confirm(self, to: str, code: str) -> Letter:
        """To an address that somebody registers with."""
        first = f"Somebody, most likely you, is opening an account at {self._name} with this address."
        rest = "If it was not you, do nothing: without the code there is no account."
        return self._with_code("confirm", to, "Confirm your address", code, first, rest)

    def taken(self, to: str) -> Letter:
        """To the owner of an address that somebody tried to register with again."""
        return self._letter(
            "taken",
            to,
            "You already have an account",
            f"Somebody tried to open an account at {self._name} with this address. You have one already, and"
            " nothing about it has changed.",
            "If it was you, sign in as before. If you have forgotten your password, ask for a new one there.",
            "If it was not you, do nothing: whoever it was has learned nothing about your account.",
        )

    def invite(self, to: str, code: str) -> Letter:
        """To somebody whom an administrator invites."""
        first = f"You are invited to {self._name}. With this code you choose a password and open your account."
        rest = "If you do not expect this, do nothing: without the code there is no account."
        return self._with_code("invite", to, "Your invitation", code, first, rest)

    def reset(self, to: str, code: str) -> Letter:
        """To the owner of an account whose password somebody wants to choose anew. None goes to anybody else."""
        first = f"Somebody, most likely you, wants to choose a new password for your account at {self._name}."
        rest = "If it was not you, do nothing: your password stays as it is, and nobody has come into your account."
        return self._with_code("reset", to, "Choose a new password", code, first, rest)

    def change_address(self, to: str, code: str) -> Letter:
        """To the new address of an account."""
        first = f"Somebody, most likely you, wants to use this address for an account at {self._name}."
        rest = "If it was not you, do nothing: without the code the address is not taken."
        return self._with_code("address", to, "Confirm your new address", code, first, rest)

    def address_changed(self, to: str) -> Letter:
        """To the address that an account had before."""
        return self._letter(
            "address-changed",
            to,
            "The address of your account has changed",
            f"Your account at {self._name} has another e-mail address from now on. This one gets no more letters"
            " about it.",
            f"If it was not you, somebody else has been in your account: write at once to those who run {self._name}.",
        )

    def password_changed(self, to: str) -> Letter:
        """To the owner of an account that has a new password."""
        return self._letter(
            "password-changed",
            to,
            "Your password has changed",
            f"Your account at {self._name} has a new password. Every other place where you were signed in has been"
            " signed out.",
            "If it was not you, ask for a new password there at once: the code for it comes to this address. Change"
            " the password of your mailbox too.",
        )

    def new_device(self, to: str, *, at: float, place: str, agent: str) -> Letter:
        """To the owner of an account that was signed in to from where it never was before."""
        return self._letter(
            "new-device",
            to,
            "A new device signed in",
            f"Your account at {self._name} was signed in to from a device that we have not seen before.",
            f"When: {_told(at)}",
            f"From the network: {one_line(place) or 'unknown'}",
            f"What it calls itself: {unlinked(agent) or 'nothing'}",
            "If it was you, there is nothing to do.",
            "If it was not you, somebody knows your password: choose a new one at once, which ends every sign-in.",
        )

    def sign_in_code(self, to: str, code: str) -> Letter:
        """To the owner of an account for which many wrong passwords came, so that a right one needs this besides."""
        first = (
            f"Here is the code to sign in to {self._name} with. You are asked for it because many wrong passwords"
            " came for your account."
        )
        rest = "If you are not signing in, do nothing: nobody comes in without both your password and this code."
        return self._with_code("sign-in", to, "Your sign-in code", code, first, rest, linked=False)

    def _with_code(
        self, kind: str, to: str, about: str, code: str, first: str, rest: str, *, linked: bool = True
    ) -> Letter:
        page = (self._page or self._pages.get(kind)) if linked else None
        link = (Link(f"{self._origin}{page}#code={code}"),) if page is not None else ()
        return self._letter(kind, to, about, first, *link, "Your code:", Code(code), f"{_TEN} {_KEEP}", rest)

    def _letter(self, kind: str, to: str, about: str, *lines: Line) -> Letter:
        every = ("Hello,", *lines, f"{self._name}\u2002\u00b7\u2002{self._origin}")
        subject = f"{about} ({self._name})"
        return Letter(kind, to, subject, as_text(every), as_html(every), at=self._clock.now())


def _told(at: float) -> str:
    moment = datetime.fromtimestamp(at, UTC)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"
