"""People with accounts of the app: made as `buckler users add` makes them, and signed in by the app's own door.

Each has an account and an address of its own, also whoever comes in a browser: what is counted by client or by account
is counted for each, and no two of them are one person.
"""

from collections.abc import Collection
from dataclasses import replace
from itertools import count
from typing import Final

from buckler.clock import Clock
from buckler.drill.people.identity import Account, Identity
from buckler.drill.transport.carrier import Carrier
from buckler.drill.transport.secrets import Secrets
from buckler.errors import ConfigurationError
from buckler.identity.accounts import Accounts
from buckler.identity.administration.administration import OPERATOR
from buckler.identity.sessions.callers import CLIENT
from buckler.randomness import secret_text
from buckler.staging.addresses import Addresses
from buckler.staging.doorway import SIGN_IN
from buckler.staging.posting import cookie_header, members_of, of_own_page, post, posted
from buckler.staging.secret_names import keep_secrets_of
from buckler.tokens.jwt import AccessTokens

_LONG_AGO: Final = 7200
"""Seconds: longer than any access token lives."""


class Actors:
    """Makes them, while the app runs. `Newcomers` of a drill."""

    def __init__(self, accounts: Accounts, carrier: Carrier, secrets: Secrets, addresses: Addresses) -> None:
        self._accounts = accounts
        self._opened = accounts.opened()
        self._carrier = carrier
        self._secrets = secrets
        self._addresses = addresses
        self._numbers = count(1)

    async def arrive(self, role: str | None = None, *, in_browser: bool = False) -> Identity | None:
        """A new account of this role, signed in; None where there is no such role."""
        chosen = self._accounts.roles.new or "" if role is None else role
        if chosen and chosen not in self._accounts.roles:
            return None
        name = f"{chosen or 'newcomer'} {next(self._numbers)} (new)"
        return await self.come(name, chosen, in_browser=in_browser)

    async def sign_in(self, identity: Identity, address: str | None = None) -> Identity | None:
        """The same account with a session of its own, of the kind that it has; None where that fails."""
        number, at = next(self._numbers), address or identity.address
        again = replace(identity, name=f"{identity.name}, session {number}", address=at)
        try:
            return await self._signed_in(again, in_browser=identity.by_cookie)
        except ConfigurationError:
            return None

    async def come_back(self, identity: Identity) -> Identity | None:
        """The same account with a session anew, or one of the same role where that is gone."""
        back = await self.sign_in(identity)
        if back is not None:
            return replace(back, name=identity.name)
        try:
            return await self.come(identity.name, identity.role or "", in_browser=identity.by_cookie)
        except ConfigurationError:
            return None

    async def come(self, name: str, role: str, *, in_browser: bool = False) -> Identity:
        """Somebody with a new account, signed in. Raises `ConfigurationError` where the door stays shut."""
        account = await self._made({role} - {""})
        identity = Identity(name, role, address=self._addresses.fresh(), account=account)
        return await self._signed_in(identity, in_browser=in_browser)

    async def disabled(self, role: str) -> Identity:
        """Somebody with tokens from before the account was switched off."""
        identity = await self.come("disabled", role)
        await self._opened.administration.disable(OPERATOR, _id_of(identity))
        return replace(identity, state="disabled")

    async def expired(self, identity: Identity) -> Identity:
        """Somebody whose session goes on, with an access token of it that the app signed and that is over."""
        caller = await self._opened.callers.authenticate(identity.tokens["access"].encode("ascii"))
        settings = self._accounts.settings
        before = _Before(self._accounts.clock)
        tokens = AccessTokens(
            self._opened.ring, issuer=settings.issuer, audience=settings.audience, clock=before,
            lifetime=settings.token_lifetime,
        )  # fmt: skip
        token, _ = tokens.issue(
            subject=caller.id, name=caller.name, client_id=CLIENT, roles=caller.roles, auth_time=int(before.now()),
            session_id=caller.session_id, version=caller.account_version, amr=("pwd",),
        )  # fmt: skip
        shown = replace(identity, name="expired", state="expired", headers=_bearer(token), tokens={"access": token})
        return keep_secrets_of(replace(shown, address=self._addresses.fresh()), self._secrets)

    async def _made(self, roles: Collection[str]) -> Account:
        stem = f"drill{next(self._numbers)}x{secret_text(6).lower().replace('-', 'd').replace('_', 'u')}"
        address = f"{stem}@example.com"
        name = address if self._accounts.settings.identifier == "email" else stem
        password = secret_text(24)
        made = await self._opened.adding.add(name, address, password, roles)
        return Account(name, password, address, made.id)

    async def _signed_in(self, identity: Identity, *, in_browser: bool) -> Identity:
        account = identity.account
        if account is None:
            raise ConfigurationError(f"staging: {identity.name} has no account to sign in with.")
        body = {"name": account.name, "password": account.password}
        # As from a new device: one that is known would get the place of its last session, which ends.
        found = await (self._by_cookie if in_browser else self._by_token)(identity, body)
        return keep_secrets_of(found, self._secrets)

    async def _by_token(self, identity: Identity, body: dict[str, str]) -> Identity:
        answer = await post(self._carrier, SIGN_IN, body, address=identity.address)
        told = members_of(answer, f"POST {SIGN_IN} for {identity.name}")
        tokens = {"access": told["access_token"], "refresh": told["refresh_token"]}
        device = {"device": told["device"]} if "device" in told else {}
        return replace(identity, headers=_bearer(tokens["access"]), tokens={**tokens, **device})

    async def _by_cookie(self, identity: Identity, body: dict[str, str]) -> Identity:
        said, wanted = of_own_page(self._carrier), {**body, "session": "cookie"}
        entered = await posted(self._carrier, SIGN_IN, wanted, address=identity.address, headers=said)
        token = members_of(entered.answer, f"POST {SIGN_IN} for {identity.name}, by cookie")["csrf_token"]
        cookies = cookie_header(entered.answer)
        return replace(
            identity,
            headers=(("Cookie", cookies), ("X-CSRF-Token", token), *said),
            tokens={"session": cookies, "csrf": token},
            entered=entered,
        )


class _Before:
    """The clock of the app as it was when a token that is over was good."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.now() - _LONG_AGO

    def monotonic(self) -> float:
        return self._clock.monotonic() - _LONG_AGO


def _bearer(token: str) -> tuple[tuple[str, str], ...]:
    return (("Authorization", f"Bearer {token}"),)


def _id_of(identity: Identity) -> str:
    return identity.account.id if identity.account is not None else ""
