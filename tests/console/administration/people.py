"""Whom the tests of these pages need: an administrator, helpers with fewer rights, and those who are looked after."""

from buckler.access.declarations.roles import Roles
from tests.console.visit import ADA, BEA, ConsoleHouse, Shown, Visitor
from tests.identity.house import PASSWORD

CARL, DORA = "carl@example.com", "dora@example.com"
ROLES = Roles(
    {
        "reader": ("reports:read",),
        "support": ("accounts:read", "accounts:write", "accounts:roles", "reader"),
        "auditor": ("events:read", "policy:read"),
        "admin": ("*",),
    },
    new="reader",
)
__all__ = ["ADA", "BEA", "CARL", "DORA", "PASSWORD", "ROLES", "ConsoleHouse", "Shown", "Visitor", "signed_in"]


async def signed_in(house: ConsoleHouse, name: str = ADA, *roles: str) -> Visitor:
    """Somebody with an account and these roles, in front of the console."""
    await house.account(name, *roles)
    visitor = house.visitor()
    assert (await visitor.sign_in(name)).path == "/console"
    return visitor
