"""What exists while the accounts are open: the routes are made before it, and ask for it at each request."""

from dataclasses import dataclass

from buckler.identity.callers import Callers
from buckler.identity.registration import Registration
from buckler.identity.sign_in import SignIn
from buckler.tokens.keys import KeyRing


@dataclass(frozen=True, slots=True)
class Opened:
    """Everything behind the routes."""

    ring: KeyRing
    registration: Registration
    sign_in: SignIn
    callers: Callers
