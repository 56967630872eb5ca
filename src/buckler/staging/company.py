"""Everybody for a drill of an app with accounts."""

from typing import Final

from fastapi import FastAPI

from buckler.drill.people.cast import Cast
from buckler.drill.people.identity import Identity
from buckler.drill.transport.carrier import Carrier
from buckler.drill.transport.secrets import Secrets
from buckler.identity.accounts import Accounts
from buckler.staging.actors import Actors
from buckler.staging.addresses import Addresses
from buckler.staging.doorway import entry_of
from buckler.staging.ranks import administrator, ranked

_IN_BROWSER: Final = "(browser)"
_NO_ROLE: Final = "signed in"
"""Somebody with an account and no role."""


async def company_of(
    app: FastAPI, accounts: Accounts, carrier: Carrier, secrets: Secrets, addresses: Addresses
) -> Cast:
    """Each role with an account, two of what newcomers are, the least and the most also in browsers."""
    actors, roles = Actors(accounts, carrier, secrets, addresses), accounts.roles
    ranks = ranked(roles) if roles.new is not None else ("", *ranked(roles))
    least, top = ranks[0], administrator(roles, ranks)
    mail, people = accounts.settings.mail, list[Identity]()
    for role in ranks:
        name = role or _NO_ROLE
        if role == top:
            people.append(await actors.come(f"{name} {_IN_BROWSER}", role, in_browser=True))
        people.append(await actors.come(name, role))
        if role == least:
            people.append(await actors.come(f"{name} 2", role))
            people.append(await actors.come(f"{name} {_IN_BROWSER}", role, in_browser=True))
    return Cast(
        people=tuple(people),
        administrator=people[-1] if top is not None else None,
        expired=await actors.expired(people[0]),
        disabled=await actors.disabled(least),
        newcomers=actors,
        entry=entry_of(app, accounts.settings),
        notes=(f"{len(people)} accounts were made for the drill, of the roles {', '.join(filter(None, ranks))}",),
        letters=str(mail.outbox) if mail is not None and mail.outbox is not None else "",
        missing={} if top is not None else {"administrator": "no role of this app may more than every other"},
    )
