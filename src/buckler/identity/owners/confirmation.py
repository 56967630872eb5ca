"""Accounts that begin when a mailed code is used: registration by a proved address, and invitations.

1. Whoever registers sends an address and hears one answer, in the same time: for a free address a code goes to
   it, for a taken one a letter to its owner that says so (ASVS 6.3.8).
2. There is no account, no password and no session before the code comes. So nobody can lie in wait behind an
   address that is not his own: what exists begins with whoever reads its mail.
3. Who invites gives roles as an administrator does, never beyond his own rights. An invitation is worth what the
   token is with which it was made: once that is dead (its account disabled, erased, recovered, or with fewer rights),
   so is the invitation.
4. A code that comes with a weak password stays good: it is used up by the account that it makes.
"""

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.access.declarations.roles import Roles
from buckler.asgi import Exchange
from buckler.identity.account_store import Account, NameTaken
from buckler.identity.administration.administration import OPERATOR, Acting, Administration, RoleRefused
from buckler.identity.login_names import shown_address
from buckler.identity.mail.codes import CodeRefused, Codes, Purpose, UsedCode
from buckler.identity.mail.letter import Letter
from buckler.identity.owners.desk import Desk
from buckler.randomness import identifier

_WAYS: Final[tuple[Purpose, ...]] = ("confirm", "invite")


class Confirmation:
    """Sends codes to addresses, and makes accounts of those that come back."""

    def __init__(self, desk: Desk, roles: Roles, administration: Administration) -> None:
        self._desk = desk
        self._new_roles = [] if roles.new is None else [roles.new]
        self._administration = administration

    def ask(self, name: str) -> None:
        """Somebody registers with an address. Raises `InvalidName` for what is none, and `Busy`."""
        address = shown_address(name)

        async def write(connection: AsyncConnection) -> None:
            await self._write(connection, address)

        self._desk.post.soon(write)

    async def invite(self, acting: Acting, name: str, roles: Collection[str] | None, exchange: Exchange | None) -> None:
        """Somebody is invited. Raises `InvalidName`, `NameTaken`, `UnknownRole`, `RoleRefused`."""
        address, given = shown_address(name), self._new_roles if roles is None else sorted(roles)
        self._administration.judge(acting, given)
        async with self._desk.database.writing() as connection:
            await self._administration.look_again(connection, acting)
            if await self._desk.find(connection, address) is not None:
                raise NameTaken("Another account has this address.")
            payload = {"name": address, "roles": given, "by": acting.id, "version": acting.version}
            letters, subject = self._desk.post.letters, self._desk.post.codes.subject(address)
            await self._desk.post.send_new(
                connection, "invite", lambda code: letters.invite(address, code), subject=subject, payload=payload
            )
            self._desk.events.note(connection, "authz_admin", exchange, by=str(acting), action="invite", roles=given)

    async def confirm(self, code: str, password: str, exchange: Exchange | None) -> Account:
        """The account that begins with this code. Raises `CodeRefused`, `WeakPassword` or `Busy`."""
        purpose, found = await self._look(code)
        account, inviter = await self._draft(found.payload, password), _inviter(purpose, found.payload)
        try:
            async with self._desk.database.writing() as connection:
                await self._desk.post.codes.use(connection, purpose, code)
                if inviter is not None:
                    await self._administration.look_again(connection, inviter)
                await self._desk.store.insert(connection, account)
                about = {"account": account.id, "roles": sorted(account.roles), "by": _name_of(inviter)}
                self._desk.events.note(connection, "user_created", exchange, **about)
        except (NameTaken, RoleRefused) as error:
            raise CodeRefused("Its address has an account by now, or whoever invited may not any more.") from error
        return account

    async def _write(self, connection: AsyncConnection, address: str) -> None:
        owner, post = await self._desk.find(connection, address), self._desk.post
        if owner is None:
            # By the address as it was typed: one that only looks the same is somebody else's mailbox.
            payload, subject = {"name": address, "roles": self._new_roles}, post.codes.subject(address)
            write = partial(post.letters.confirm, address)
            await post.send(connection, "confirm", write, subject=subject, payload=payload)
        else:
            # To the address that was kept: it need not be the mailbox of the one that was asked with. A code is
            # made for it all the same, which nobody ever sees: while it waits, no second letter goes.
            write = partial(self._taken, owner.email or owner.name)
            await post.send(connection, "confirm", write, account_id=owner.id)

    def _taken(self, address: str, code: str) -> Letter:
        return self._desk.post.letters.taken(address)

    async def _look(self, code: str) -> tuple[Purpose, UsedCode]:
        async with self._desk.database.reading() as connection:
            for purpose in _WAYS:
                found = await _found(self._desk.post.codes, connection, purpose, code)
                if found is not None:
                    return purpose, found
        raise CodeRefused("No such code is waiting.")

    async def _draft(self, payload: Any, password: str) -> Account:
        account_id, name, now = identifier(), str(payload["name"]), int(self._desk.clock.now())
        sealed = await self._desk.passwords.seal(account_id, name, password)
        roles = frozenset(str(role) for role in payload["roles"])
        return Account(account_id, name, roles, sealed, now, email=name, password_changed_at=now)


def _name_of(inviter: Acting | None) -> str:
    return "itself" if inviter is None else str(inviter)


def _inviter(purpose: Purpose, payload: Mapping[str, Any]) -> Acting | None:
    """Who gave the roles of this code; None where nobody did."""
    if purpose != "invite":
        return None
    return OPERATOR if payload["by"] is None else Acting(payload["by"], frozenset(), payload["version"])


async def _found(codes: Codes, connection: AsyncConnection, purpose: Purpose, code: str) -> UsedCode | None:
    try:
        return await codes.look(connection, purpose, code)
    except CodeRefused:
        return None
