"""The doors of an app that people come in by: which routes they are, and which field takes what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from buckler.drill.plan.route import Route

Part = Literal["name", "email", "password", "password_again", "new_password", "code", "token", "refresh"]
"""What a field of such a route is for."""


@dataclass(frozen=True, slots=True)
class Step:
    """One route on the way in, with the way to each field in its body (or query) by what the field is for."""

    route: Route
    fields: Mapping[Part, tuple[str, ...]] = field(
        default_factory=dict[Part, tuple[str, ...]], compare=False, hash=False
    )
    fixed: Mapping[str, object] = field(default_factory=dict[str, object], compare=False, hash=False)
    """Fields that have one value always, by name: `grant_type`, an invitation code that was given."""


@dataclass(frozen=True, slots=True)
class Shown:
    """How a caller shows what signing in gave it."""

    kind: Literal["bearer", "cookie", "header"] = "bearer"
    field: str = "Authorization"
    """The header, or the cookie."""
    scheme: str = "Bearer"
    """Put before the token in a header; empty for nothing."""
    at: tuple[str, ...] = ("access_token",)
    """The way to the token in the answer of the sign-in."""
    refresh_at: tuple[str, ...] = ()
    csrf_at: tuple[str, ...] = ()
    csrf_header: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """How one comes in and goes. What an app does not have is None."""

    sign_in: Step
    shown: Shown = field(default_factory=Shown)
    register: Step | None = None
    refresh: Step | None = None
    logout: Step | None = None
    change_password: Step | None = None
    ask_reset: Step | None = None
    """Asks for a code or a link to set a new password."""
    reset: Step | None = None
    """Sets the new password with it."""
    me: Route | None = None
    """Says who is calling."""

    @property
    def routes(self) -> frozenset[str]:
        """The keys of all routes that let in, out or back: attacks on others leave them alone."""
        steps = (
            self.sign_in,
            self.register,
            self.refresh,
            self.logout,
            self.change_password,
            self.ask_reset,
            self.reset,
        )
        return frozenset(step.route.key for step in steps if step is not None)
