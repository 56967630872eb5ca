"""Everybody for a drill of an app with accounts."""

from fastapi import FastAPI

from buckler.drill.people.cast import Cast
from buckler.drill.transport.carrier import Carrier
from buckler.drill.transport.secrets import Secrets
from buckler.identity.accounts import Accounts
from buckler.staging.actors import Actors
from buckler.staging.addresses import Addresses
from buckler.staging.doorway import entry_of
from buckler.staging.parts import NO_ADMINISTRATOR, parts
from buckler.staging.ranks import administrator, ranked


async def company_of(
    app: FastAPI, accounts: Accounts, carrier: Carrier, secrets: Secrets, addresses: Addresses
) -> Cast:
    """Each role with an account, two of what newcomers are, the least and the most also in browsers."""
    actors, roles = Actors(accounts, carrier, secrets, addresses), accounts.roles
    ranks = ranked(roles) if roles.new is not None else ("", *ranked(roles))
    least, top = ranks[0], administrator(roles, ranks)
    mail = accounts.settings.mail
    playing = parts(ranks, least, top, in_browsers=True)
    people = [await actors.come(each.name, each.role, in_browser=each.in_browser) for each in playing]
    return Cast(
        people=tuple(people),
        administrator=people[-1] if top is not None else None,
        expired=await actors.expired(people[0]),
        disabled=await actors.disabled(least),
        newcomers=actors,
        entry=entry_of(app, accounts.settings),
        notes=(f"{len(people)} accounts were made for the drill, of the roles {', '.join(filter(None, ranks))}",),
        letters=str(mail.outbox) if mail is not None and mail.outbox is not None else "",
        missing={} if top is not None else {"administrator": NO_ADMINISTRATOR},
    )
