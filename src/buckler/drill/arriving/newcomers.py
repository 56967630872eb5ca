"""New accounts, each with a session: registered at the app's own door, proved by a letter where that has to be."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Final

from buckler.drill.arriving.asking import done
from buckler.drill.arriving.own_id import own_id
from buckler.drill.arriving.proving import Proofs
from buckler.drill.arriving.registering import Registered, Registering, id_in
from buckler.drill.arriving.signing_in import SigningIn
from buckler.drill.engagement import Engagement
from buckler.drill.people.entry import Part, Step
from buckler.drill.people.filling import filled
from buckler.drill.people.guessing import Guess
from buckler.drill.people.identity import Account, Identity
from buckler.drill.people.letters import Letterbox
from buckler.drill.plan.options import Register
from buckler.drill.transport.request import Request

_MOST_CODES: Final = 4
_LETTERS: Final = "if it sends a code first, say where letters can be read: letters = 'FOLDER or LOG' in [register]"


@dataclass(slots=True)
class Arrivals:
    """Makes newcomers, and signs anybody in anew. See `Newcomers`."""

    on: Engagement
    guessed: Guess
    proofs: Proofs
    signing: SigningIn | None
    registering: Registering | None
    told: Register | None = None
    why: str = "the app registers nobody"
    """Why the last one did not arrive."""
    lent: Identity | None = None
    """Somebody who was named and may be spent, where nobody can be registered."""
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def role(self) -> str:
        """What newcomers are; empty where nobody says."""
        truth = self.on.setting.truth
        return (truth.new_role or "") if truth is not None else ""

    async def arrive(self, role: str | None = None, *, in_browser: bool = False, name: str = "") -> Identity | None:
        """A new account, signed in; None where none can be had, or where newcomers are something else."""
        if self.lent is not None and role in (None, self.lent.role):
            return await self.sign_in(self.lent, self.on.fresh_address())
        if self.registering is None or self.signing is None or role not in (None, self.role):
            return None
        if not self.on.may_send("POST"):
            self.why = "registering changes something, and --writes was not given"
            return None
        who = Identity(name or f"newcomer {next(self._numbers)}", self.role, (), self.on.fresh_address())
        made = await self.registering.make(who)
        if made is None:
            self.why = self.registering.why
            return None
        found = await self._come_in(made, who)
        if found is None:
            return None
        return replace(await self.known(found, id_in(made.exchange.answer.json())), registered=made.exchange)

    async def sign_in(self, identity: Identity, address: str | None = None) -> Identity | None:
        """The same account with a session of its own."""
        if self.signing is None or self.guessed.gives_keys or identity.account is None:
            return None
        who = replace(identity, headers=(), tokens={}, address=address or identity.address)
        return await self.signing.enter(identity.account, who)

    async def come_back(self, identity: Identity) -> Identity | None:
        """The same account with a session anew, or a new account; not for whoever has power, or came with a token."""
        back = await self.sign_in(identity)
        if back is not None or identity.account is None or identity == self.on.cast.administrator:
            return back
        return await self.arrive(identity.role, name=identity.name)

    async def known(self, found: Identity, id_: str = "") -> Identity:
        """The caller with the id that the app gave it, which the pool learns too."""
        fields: dict[str, str | int | float] = {}
        me = self.guessed.entry.me if self.guessed.entry is not None else None
        if me is not None:
            said = (await self.on.ask(Request("GET", me.path), found)).answer.json()
            id_ = id_in(said) or id_
        if found.account is None:
            return found
        id_ = id_ or await own_id(self.on, found)
        account = replace(found.account, id=id_)
        fields |= {"username": account.name, "email": account.email}
        fields |= {"id": id_, "user_id": id_} if id_ else {}
        self.on.pool.learn_account(found, fields)
        return replace(found, account=account)

    async def _come_in(self, made: Registered, who: Identity) -> Identity | None:
        signing = self.signing
        if signing is None:
            return None
        if self.guessed.gives_keys:
            found = await signing.shown_by(made.exchange.answer, replace(who, account=made.account))
        else:
            found = await self._sign_in(made.account, who)
        self.why = "" if found is not None else f"an account was registered, but {signing.why}; {_LETTERS}"
        return found

    async def _sign_in(self, account: Account, who: Identity) -> Identity | None:
        signing = self.signing
        if signing is None:
            return None
        mailed = self.guessed.confirm is not None and self._letters().is_there
        if mailed and await self._confirm(account, who):
            return await signing.enter(account, who)
        found = await signing.enter(account, who)
        if found is None and not mailed and await self._confirm(account, who):
            found = await signing.enter(account, who)
        return found

    def _letters(self) -> Letterbox:
        return Letterbox(self.told.letters if self.told is not None else "", self.on.setting.logged)

    async def _confirm(self, account: Account, who: Identity) -> bool:
        """Use what a letter brought: its links are opened, its codes are sent to the route that takes them."""
        step = self.guessed.confirm
        for letter in self._letters().letters_to(account.email or account.name)[:2]:
            codes = letter.codes[:_MOST_CODES]
            requests = [] if step is None else [self._with_code(step, account, code) for code in codes]
            links = (link.partition("?") for link in letter.links[:_MOST_CODES])
            requests += [Request("GET", path, query) for path, _, query in links]
            for request in requests:
                if done((await self.on.ask(request, who)).answer):
                    return True
        return False

    def _with_code(self, step: Step, account: Account, code: str) -> Request:
        self.on.secrets.keep(code, "CODE")
        values: dict[Part, str] = {"name": account.name, "email": account.email, "code": code}
        return filled(step, values, self.on.setting.document, self.on.samples).request()
