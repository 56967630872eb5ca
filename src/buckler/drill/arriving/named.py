"""Those whom the options name: signed in with what they know, or taken with what is ready."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from buckler.drill.arriving.newcomers import Arrivals
from buckler.drill.arriving.proving import Proofs
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import Account, Identity, State
from buckler.drill.people.showing import declared
from buckler.drill.plan.options import Given, ShowKind, SignIn
from buckler.drill.transport.request import Fields
from buckler.drill.transport.secrets import label

_NO_SIGN_IN: Final = "no route was found that signs in. Tell it: --login 'POST /login json username password'"
_TOKENS: Final[Mapping[ShowKind, str]] = {"bearer": "access", "cookie": "session", "header": "key"}


@dataclass(slots=True)
class NamedPeople:
    """Brings them in, one by one."""

    on: Engagement
    arrivals: Arrivals
    proofs: Proofs
    told: SignIn | None
    notes: list[str] = field(default_factory=list[str])
    missing: dict[str, str] = field(default_factory=dict[str, str])
    """Why somebody is not there, as `Cast.missing` has it."""

    async def bring(self, given: Given) -> Identity | None:
        """The caller, let in as far as anybody can tell; None, and a note, where that fails."""
        who = Identity(given.name, given.role, (), self.on.fresh_address(), tenant=given.tenant)
        if given.expired or given.disabled:
            state: State = "expired" if given.expired else "disabled"
            return replace(self._shown(given, who)[0], state=state)
        if given.is_ready:
            return await self._ready(given, who)
        if self._is_basic():
            return self._basic(given, who)
        return await self._signed_in(given, who)

    async def _ready(self, given: Given, who: Identity) -> Identity | None:
        for caller in self._shown(given, who):
            proof = await self.proofs.of(caller)
            if proof == "unknown":
                self.notes.append(f"Nothing proves that {given.name} is let in: no route refuses strangers.")
            if proof != "refused":
                return await self.arrivals.known(caller)
        self._lose(given, f"{self.proofs.route} refuses what the options say that {given.name} shows")
        return None

    def _shown(self, given: Given, who: Identity) -> list[Identity]:
        """The caller with what is ready, in each way that it may have to be shown, the likeliest first."""
        account = Account(given.username, given.password) if given.username else None
        fixed: Fields = (*given.headers.items(), *((("Cookie", given.cookie),) if given.cookie else ()))
        self._hide(given)
        bare = replace(who, account=account, headers=fixed, tokens=_tokens(given))
        if not given.token:
            return [bare]
        return [
            replace(
                bare, headers=(*fixed, _field(kind, name, scheme, given.token)), tokens={_TOKENS[kind]: given.token}
            )
            for kind, name, scheme in self._ways()
        ]

    def _ways(self) -> list[tuple[ShowKind, str, str]]:
        show = self.told.show if self.told is not None else None
        if show is not None:
            return [(show.kind, show.field, show.scheme)]
        likely = declared(self.on.setting.document)
        known: list[tuple[ShowKind, str, str]] = [(each.kind, each.field, each.scheme) for each in likely]
        known.append(("bearer", "Authorization", "Bearer"))
        return list(dict.fromkeys(known))

    def _hide(self, given: Given) -> None:
        keep, name = self.on.secrets.keep, label(given.name)
        keep(given.token, f"TOKEN_{name}")
        keep(given.password, f"PASSWORD_{name}")
        for pair in given.cookie.split(";"):
            keep(pair.partition("=")[2].strip(), f"COOKIE_{name}")
        for header, value in given.headers.items():
            keep(value.rpartition(" ")[2], f"{label(header)}_{name}")
            keep(_password_in(value), f"PASSWORD_{name}")

    async def _signed_in(self, given: Given, who: Identity) -> Identity | None:
        self._hide(given)
        signing = self.arrivals.signing
        if signing is None:
            self._lose(given, _NO_SIGN_IN)
            return None
        account = Account(given.username, given.password, given.username if "@" in given.username else "")
        found = await signing.enter(account, who)
        if found is None:
            self._lose(given, signing.why)
            return None
        return await self.arrivals.known(found)

    def _is_basic(self) -> bool:
        """Whether the name and the password are shown with every request (RFC 7617)."""
        kinds = {scheme.kind for scheme in self.on.setting.document.schemes}
        return "basic" in kinds and "bearer" not in kinds and self.arrivals.signing is None

    def _basic(self, given: Given, who: Identity) -> Identity:
        self._hide(given)
        pair = b64encode(f"{given.username}:{given.password}".encode()).decode()
        self.on.secrets.keep(pair, f"BASIC_{label(given.name)}")
        return replace(
            who, headers=(("Authorization", f"Basic {pair}"),), account=Account(given.username, given.password)
        )

    def _lose(self, given: Given, why: str) -> None:
        self.notes.append(f"{given.name} could not come in: {why.rstrip('.')}.")
        self.missing[given.name] = why
        for part in ("administrator",) if given.administrator else ("people", "second"):
            self.missing.setdefault(part, f"{given.name} could not come in: {why}")


def _password_in(value: str) -> str:
    """The password that a header of HTTP Basic shows (RFC 7617); empty for any other."""
    scheme, _, pair = value.strip().partition(" ")
    try:
        plain = b64decode(pair.strip(), validate=True) if scheme.lower() == "basic" else b""
    except ValueError:
        return ""
    return plain.partition(b":")[2].decode("utf-8", "replace")


def _tokens(given: Given) -> dict[str, str]:
    """What stands in the headers and the cookie that are ready, by kind."""
    found: dict[str, str] = {}
    for name, value in given.headers.items():
        found["access" if name.lower() == "authorization" else "key"] = value.rpartition(" ")[2]
    session = given.cookie.partition("=")[2].partition(";")[0]
    return {**found, "session": session} if session else found


def _field(kind: ShowKind, name: str, scheme: str, token: str) -> tuple[str, str]:
    return ("Cookie", f"{name}={token}") if kind == "cookie" else (name, f"{scheme} {token}".strip())
