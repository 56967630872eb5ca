"""How one comes into an app with accounts, and goes: our own routes, exactly as they are."""

from collections.abc import Mapping
from typing import Final

from fastapi import FastAPI

from buckler.drill.people.entry import Entry, Part, Shown, Step
from buckler.drill.plan.document import read_document
from buckler.drill.plan.route import Route
from buckler.identity.settings import AccountsSettings

SIGN_IN: Final = "/auth/sign-in"
_SHOWN: Final = Shown(refresh_at=("refresh_token",))


def entry_of(app: FastAPI, settings: AccountsSettings) -> Entry:
    """The doors that these settings have. Where addresses are what one signs in with, a name is an address."""
    routes = {route.key: route for route in read_document(app.openapi()).routes}
    name: Part = "email" if settings.identifier == "email" else "name"
    named: Mapping[Part, tuple[str, ...]] = {name: ("name",)}

    def step(path: str, fields: Mapping[Part, tuple[str, ...]]) -> Step:
        return Step(routes.get(f"POST {path}", Route("POST", path)), fields)

    proved: Mapping[Part, tuple[str, ...]] = {name: ("name",), "password": ("password",)}
    registers = proved if settings.registration == "open" else named
    return Entry(
        sign_in=step(SIGN_IN, proved),
        shown=_SHOWN,
        register=step("/auth/register", registers) if settings.registration != "closed" else None,
        refresh=step("/auth/refresh", {"refresh": ("refresh_token",)}),
        logout=step("/auth/logout", {}),
        change_password=step("/auth/me/password", {"password": ("current",), "new_password": ("new",)}),
        ask_reset=step("/auth/reset", named) if settings.mail is not None else None,
        reset=(
            step("/auth/reset/confirm", {"code": ("code",), "new_password": ("password",)})
            if settings.mail is not None
            else None
        ),
        me=routes.get("GET /auth/me", Route("GET", "/auth/me")),
    )
