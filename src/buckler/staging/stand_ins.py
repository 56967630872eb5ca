"""Callers of an app that knows nobody by itself: an authenticator of its own, or issuers elsewhere, tell it who calls.

Nobody can be made there, so a few callers are played. Each has a random token of 256 bits, which is known at the one
place where callers are found (`Authentication.staged`) and nowhere else; whatever comes after that meets them as it
meets any other. In a process that was forked no token is good, and after the block none is anywhere.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from itertools import count
from typing import Final

from buckler.access.callers.credential import Authentication
from buckler.access.callers.failed_checks import FailedChecks
from buckler.access.callers.session_cookie import csrf_token_for
from buckler.defence import only
from buckler.drill.people.cast import Cast
from buckler.drill.people.identity import Account, Identity
from buckler.drill.transport.carrier import Carrier
from buckler.drill.transport.secrets import Secrets
from buckler.errors import ConfigurationError
from buckler.grants import EVERYTHING
from buckler.install import Buckler
from buckler.principal import Principal
from buckler.protected_app import Installed
from buckler.randomness import secret_text
from buckler.staging.addresses import Addresses
from buckler.staging.parts import NO_ADMINISTRATOR, NO_ROLE, parts
from buckler.staging.posting import of_own_page
from buckler.staging.ranks import administrator, ranked
from buckler.staging.rehearsal import Rehearsal
from buckler.staging.rights import rights_of
from buckler.staging.secret_names import keep_secrets_of

_FIRST_ID: Final = 900_000_001
"""Ids are numbers written as texts: an app that keeps numbers can read them, and so can one that keeps texts."""
_NOBODY: Final = "nobody is ever a caller of this app: it has no accounts, no issuers and no authenticator"
_UNKNOWN: Final = "whom no store of this app knows; to attack it as somebody whom it knows, bring tokens along"
_PLAYED: Final = "callers of this app come from elsewhere, and whoever is played has a token that does not end"


class StandIns:
    """The callers who are played in one app. `Newcomers` of a drill."""

    def __init__(
        self, installed: Installed, rights: Mapping[str, frozenset[str]], issuer: str, carrier: Carrier,
        rehearsal: Rehearsal, secrets: Secrets, addresses: Addresses,
    ) -> None:  # fmt: skip
        self._installed = installed
        self._rights = rights
        self._issuer = issuer
        self._carrier = carrier
        self._rehearsal = rehearsal
        self._secrets = secrets
        self._addresses = addresses
        self._ids = count(_FIRST_ID)
        self._known: dict[bytes, Principal] = {}
        checks = only(FailedChecks, installed.parts)
        self.cookie: Final = checks.cookie.decode("ascii") if checks is not None else ""
        """The name of the cookie that is a credential here; empty for none."""

    def __call__(self, shown: bytes) -> Principal | None:
        """Who is played with this token or cookie; nobody in a process that was forked from that of the drill."""
        return self._known.get(sha256(shown).digest()) if self._rehearsal.is_on else None

    def forget(self) -> None:
        """Nobody is played any more."""
        self._known.clear()

    async def arrive(self, role: str | None = None, *, in_browser: bool = False) -> Identity | None:
        """Somebody new of this role; None where there is no such role."""
        chosen = next(iter(self._rights)) if role is None else role
        if chosen not in self._rights:
            return None
        return self.come(f"{chosen or NO_ROLE} {next(self._ids)} (new)", chosen, in_browser=in_browser)

    async def sign_in(self, identity: Identity, address: str | None = None) -> Identity | None:
        """The same caller with another token."""
        principal = self._behind(identity)
        if principal is None:
            return None
        name = f"{identity.name}, session {next(self._ids)}"
        again = replace(identity, name=name, address=address or identity.address)
        return self._shown(again, principal, in_browser=identity.by_cookie)

    async def come_back(self, identity: Identity) -> Identity | None:
        """The same caller with another token."""
        back = await self.sign_in(identity)
        return None if back is None else replace(back, name=identity.name)

    def come(self, name: str, role: str, *, in_browser: bool = False) -> Identity:
        """Somebody who is played from now on."""
        principal = self._principal(role)
        account = Account(principal.name, "", id=principal.id)
        identity = Identity(name, role, address=self._addresses.fresh(), account=account)
        return self._shown(identity, principal, in_browser=in_browser)

    def _principal(self, role: str) -> Principal:
        rules, number = self._installed.rules, str(next(self._ids))
        is_role = rules.roles is not None and role in rules.roles
        name = f"drill-{number}"
        return Principal(
            id=self._foreign_id(name) if self._issuer else number,
            name=name,
            roles=frozenset({role}) if is_role else frozenset(),
            permissions=self._rights[role],
            credential_id=f"drill-{number}",
            authenticated_at=self._installed.clock.now(),
            factors=frozenset({"knowledge"}) if rules.factors else frozenset(),
            issuer=self._issuer,
            subject=name if self._issuer else "",
        )

    def _foreign_id(self, subject: str) -> str:
        from buckler.oauth.foreign_principals import principal_id  # needs what issuers need

        return principal_id("person", self._issuer, subject)

    def _shown(self, identity: Identity, principal: Principal, *, in_browser: bool) -> Identity:
        token = secret_text()
        self._known[sha256(token.encode("ascii")).digest()] = principal
        if in_browser:
            csrf, cookie = csrf_token_for(token.encode("ascii")), f"{self.cookie}={token}"
            fields = (("Cookie", cookie), ("X-CSRF-Token", csrf), *of_own_page(self._carrier))
            return keep_secrets_of(
                replace(identity, headers=fields, tokens={"session": cookie, "csrf": csrf}), self._secrets
            )
        fields = (("Authorization", f"Bearer {token}"),)
        return keep_secrets_of(replace(identity, headers=fields, tokens={"access": token}), self._secrets)

    def _behind(self, identity: Identity) -> Principal | None:
        shown = identity.tokens.get("access") or identity.tokens.get("session", "").partition("=")[2]
        return self._known.get(sha256(shown.encode("ascii")).digest())


@contextmanager
def played(
    buckler: Buckler, installed: Installed, carrier: Carrier, rehearsal: Rehearsal, secrets: Secrets,
    addresses: Addresses,
) -> Generator[Cast, None, None]:  # fmt: skip
    """One block, in which callers are played in an app; it has them no more after it."""
    authentication = only(Authentication, installed.parts)
    if authentication is None:
        yield Cast(missing=dict.fromkeys(("people", "second", "administrator", "expired", "disabled"), _NOBODY))
        return
    if authentication.staged is not None:
        raise ConfigurationError("staging: this app is on stage already; let that end before it begins again.")
    issuers = [each.name or "" for each in buckler.policy().callers if each.kind == "issuer"]
    rights = rights_of(installed)
    stand_ins = StandIns(installed, rights, next(iter(issuers), ""), carrier, rehearsal, secrets, addresses)
    authentication.staged = stand_ins
    try:
        yield _cast(stand_ins, installed, rights)
    finally:
        authentication.staged = None
        stand_ins.forget()


def _cast(stand_ins: StandIns, installed: Installed, rights: Mapping[str, frozenset[str]]) -> Cast:
    """One of each, two of the least; in browsers too where a cookie is a credential."""
    roles = installed.rules.roles
    ranks = ranked(roles) if roles is not None else tuple(rights)
    top = administrator(roles, ranks) if roles is not None else EVERYTHING
    playing = parts(
        rights if roles is None else dict.fromkeys(("", *ranks)),
        ranks[0] if ranks else "",
        top,
        in_browsers=bool(stand_ins.cookie),
    )
    people = [stand_ins.come(each.name, each.role, in_browser=each.in_browser) for each in playing]
    missing = {"expired": _PLAYED, "disabled": _PLAYED}
    if top is None:
        missing["administrator"] = NO_ADMINISTRATOR
    return Cast(
        people=tuple(people),
        administrator=people[-1] if top is not None else None,
        newcomers=stand_ins,
        notes=(f"{len(people)} callers were played, {_UNKNOWN}",),
        missing=missing,
    )
