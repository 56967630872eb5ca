"""The routes of the accounts, under `/auth`: one file for each thing that somebody comes for.

They turn what happens inside into answers, and decide nothing.
"""

from collections.abc import Callable
from typing import Final

from fastapi import APIRouter

from buckler.access.declarations.declaring import Accepts
from buckler.access.declarations.roles import Roles
from buckler.clock import Clock
from buckler.identity.opened import Opened
from buckler.identity.routes.administration import AdministrationRoutes
from buckler.identity.routes.keys import KeyRoutes
from buckler.identity.routes.own_account import OwnAccountRoutes
from buckler.identity.routes.recovery import RecoveryRoutes
from buckler.identity.routes.refresh import RefreshRoutes
from buckler.identity.routes.registration import RegistrationRoutes
from buckler.identity.routes.sessions import SessionRoutes
from buckler.identity.routes.sign_in import SignInRoutes
from buckler.identity.settings import AccountsSettings

LARGEST_BODY: Final = "8 kB"
"""Nobody signs in with a megabyte, but a body of so many unknown members costs half a second: one error for each."""


def account_router(settings: AccountsSettings, roles: Roles, clock: Clock, opened: Callable[[], Opened]) -> APIRouter:
    """Every route that these settings have."""
    router = APIRouter(tags=["accounts"], dependencies=[Accepts(max_body=LARGEST_BODY)])
    RegistrationRoutes(settings, roles, opened).add_to(router)
    SignInRoutes(settings, clock, opened).add_to(router)
    OwnAccountRoutes(opened, mails=settings.mail is not None).add_to(router)
    if settings.mail is not None:
        RecoveryRoutes(opened).add_to(router)
    RefreshRoutes(opened).add_to(router)
    SessionRoutes(opened).add_to(router)
    AdministrationRoutes(roles, opened).add_to(router)
    KeyRoutes(opened).add_to(router)
    return router
