"""Signing in, and finding out how to show what that gave.

1. The name is tried, then the address, where the field may take either; after the first account it is known which.
2. What was given is shown as the document says, else as is usual, until a route that refuses nobody's request is open.
   The first way that opens it is kept. Where no route tells, the likeliest way is taken and said to be unproved.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from buckler.drill.arriving.knocking import Knocking
from buckler.drill.arriving.proving import Proofs
from buckler.drill.engagement import Engagement
from buckler.drill.people.entry import Part, Shown, Step
from buckler.drill.people.handed import Handed, handed
from buckler.drill.people.identity import Account, Identity
from buckler.drill.people.showing import csrf_header, headers_for, is_csrf, ways_to_show
from buckler.drill.plan.options import SignIn
from buckler.drill.transport.answer import Answer
from buckler.drill.transport.secrets import label


@dataclass(slots=True)
class SigningIn:
    """Signs accounts in. How it worked for one is how it is done for the next."""

    on: Engagement
    door: Knocking
    proofs: Proofs
    told: SignIn | None = None
    shown: Shown | None = None
    """How what was given is shown, once that is known."""
    proved: bool = False
    """Whether a route that refuses others was open with it."""
    why: str = ""
    _by_email: bool | None = None

    @property
    def step(self) -> Step:
        """The route that signs in, with its fields as they are known by now."""
        return self.door.step

    async def enter(self, account: Account, who: Identity) -> Identity | None:
        """The caller with this account signed in; None, and `why`, where that fails. `who` shows nothing yet."""
        for name in self._names(account):
            signing = replace(account, name=name)
            values: dict[Part, str] = {"name": name, "email": name, "password": account.password}
            exchange = await self.door.ask(values, who)
            found = await self.shown_by(exchange.answer, replace(who, account=signing))
            if found is not None:
                self._by_email = name == account.email
                return replace(found, entered=exchange)
            if exchange.answer.limited or exchange.answer.broke:
                return None
        return None

    def _names(self, account: Account) -> list[str]:
        """What the account may be called here, the likeliest first."""
        by_email = self._by_email if self._by_email is not None else "email" in self.step.fields
        several = (account.email, account.name) if by_email else (account.name, account.email)
        known = several[:1] if self._by_email is not None and several[0] else several
        return [name for name in dict.fromkeys(known) if name]

    async def shown_by(self, answer: Answer, who: Identity) -> Identity | None:
        """The caller with what an answer gave; None where it gave nothing that lets in."""
        given = handed(answer, tuple(self.told.token.split(".")) if self.told and self.told.token else None)
        if given.is_nothing:
            self.why = f"{self.step.route.key} answered {_said(answer)}, without a token or a cookie"
            return None
        unknown: tuple[Identity, Shown] | None = None
        for way in self._ways(given):
            shown = self._guarded(way, given)
            caller = self._caller(who, given, shown)
            proof = await self.proofs.of(caller)
            if proof == "let in":
                self.shown, self.proved = shown, True
                return caller
            if proof == "unknown" and unknown is None:
                unknown = caller, shown
        if unknown is None:
            self.why = (
                f"{self.step.route.key} answered {answer.status}, but {self.proofs.route} refuses what it gave, "
                "however it was shown"
            )
            return None
        caller, self.shown = unknown
        return caller

    def _ways(self, given: Handed) -> tuple[Shown, ...]:
        if self.shown is not None:
            return (self.shown,)
        if self.told is not None and self.told.show is not None:
            show = self.told.show
            return (Shown(show.kind, show.field, show.scheme, given.at, given.refresh_at, given.csrf_at),)
        return ways_to_show(self.on.setting.document, given)

    def _caller(self, who: Identity, given: Handed, shown: Shown) -> Identity:
        kept = self._kept(shown)
        tokens = self._keep(who, given, shown, {**kept, **given.cookies})
        return replace(who, headers=(*headers_for(shown, given, kept), *self.door.own_origin), tokens=tokens)

    def _kept(self, shown: Shown) -> Mapping[str, str]:
        """Cookies that the page of the form gave, which stay where cookies are shown."""
        return self.door.page.cookies if self.door.page is not None and shown.kind == "cookie" else {}

    def _guarded(self, shown: Shown, given: Handed) -> Shown:
        """The way with the header for what keeps other sites out, where the app gave anything of the kind."""
        cookies = {**self._kept(shown), **given.cookies}
        if shown.kind != "cookie" or shown.csrf_header or not (given.csrf or any(map(is_csrf, cookies))):
            return shown
        return replace(shown, csrf_header=csrf_header(self.on.setting.document, cookies))

    def _keep(self, who: Identity, given: Handed, shown: Shown, cookies: Mapping[str, str]) -> dict[str, str]:
        """What was given, by kind, and from now on hidden in reports."""
        refresh = given.refresh or next((each for name, each in cookies.items() if "refresh" in name.lower()), "")
        session = (cookies.get(shown.field) or given.token) if shown.kind == "cookie" else ""
        csrf = given.csrf or next((value for name, value in cookies.items() if is_csrf(name)), "")
        kinds = {
            "access": "" if shown.kind == "cookie" or shown.kind == "header" else given.token,
            "key": given.token if shown.kind == "header" else "",
            "session": session,
            "refresh": refresh,
            "csrf": csrf,
        }
        names = {"access": "TOKEN", "key": "KEY", "session": "COOKIE", "refresh": "REFRESH", "csrf": "CSRF"}
        for kind, value in kinds.items():
            self._hide(value, names[kind], who)
        for name, value in cookies.items():
            self._hide(value, f"COOKIE_{label(name)}", who)
        return {kind: value for kind, value in kinds.items() if value}

    def _hide(self, value: str, kind: str, who: Identity) -> None:
        name = f"{kind}_{label(who.name)}"
        if not value or self.on.secrets.hide(value) == f"${name}":
            return
        taken = self.on.secrets.names
        number = next(n for n in range(1, 10_000) if (f"{name}_AGAIN_{n}" if n > 1 else name) not in taken)
        self.on.secrets.keep(value, f"{name}_AGAIN_{number}" if number > 1 else name)


def _said(answer: Answer) -> str:
    if answer.failure:
        return f"nothing: {answer.failure}"
    text = answer.text[:160] if answer.media.endswith("json") else ""
    return f"{answer.status} {text}".replace("\n", " ").strip()
