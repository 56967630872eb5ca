"""The pages of whoever looks after an app: accounts, the policy, the kept log, and figures.

A page stands only where some role has its permission, as the routes of the API do.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from starlette.routing import Route

from buckler.access.declarations.roles import READ_ACCOUNTS, READ_EVENTS, READ_POLICY
from buckler.console.administration.account_page import AccountPage
from buckler.console.administration.accounts_page import AccountsPage
from buckler.console.administration.inviting_page import InvitingPage
from buckler.console.administration.log_page import LogPage
from buckler.console.administration.overview_page import OverviewPage
from buckler.console.administration.places import ACCOUNTS, LOG, OVERVIEW, POLICY
from buckler.console.administration.policy_page import PolicyPage
from buckler.console.administration.verifying_page import VerifyingPage
from buckler.console.answering import Answering
from buckler.console.navigation import Place
from buckler.console.surroundings import Surroundings

_GROUP: Final = "Administration"
PLACES: Final = (
    Place("Activity", OVERVIEW, READ_EVENTS, _GROUP),
    Place("Accounts", ACCOUNTS, READ_ACCOUNTS, _GROUP),
    Place("Policy", POLICY, READ_POLICY, _GROUP),
    Place("Log", LOG, READ_EVENTS, _GROUP),
)
SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "account-disabled": "The account is disabled. It is signed out everywhere.",
        "account-enabled": "The account may sign in again.",
        "account-ended": "The account is signed out everywhere.",
        "account-roles": "The roles of the account have been changed.",
        "account-roles-same": "The account had these roles already. Nothing was changed.",
        "invited": "An invitation is on its way. Its code is good for ten minutes.",
    }
)
"""What these pages tell once, after something was done."""


def administration_routes(around: Surroundings, answering: Answering) -> list[Route]:
    """Every route of these pages that somebody may call."""
    pages = (OverviewPage, AccountsPage, InvitingPage, AccountPage, PolicyPage, LogPage, VerifyingPage)
    return [route for page in pages for route in page(around, answering).routes()]
