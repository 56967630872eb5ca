"""Attacks of the family `browser`: what a browser does, or lets others do, in the name of whoever uses it."""

from typing import Final

from buckler.drill.attack import Attack
from buckler.drill.attacks.browser import (
    content_policy,
    cookie_flags,
    foreign_origins,
    forged_request,
    framing,
    missing_headers,
    open_redirect,
    stored_answers,
)

BROWSER: Final[tuple[Attack, ...]] = (
    forged_request.ATTACK,
    foreign_origins.ATTACK,
    cookie_flags.ATTACK,
    content_policy.ATTACK,
    missing_headers.ATTACK,
    open_redirect.ATTACK,
    framing.ATTACK,
    stored_answers.ATTACK,
)
