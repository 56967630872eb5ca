"""The machine: everything that can happen to accounts, as rules that change the world and the model alike."""

from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import ClassVar, TypeVar

import httpx2
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.identity.account_model import CODE, LIFETIME, TOKEN, Access, Mailed, Model, Person, Sitting
from tests.identity.account_world import MODE, OPERATOR, Twin, World

Each = TypeVar("Each")
NAMES = ("ada@example.com", "bea@example.com")
DAY = 86_400
FREE = 4
"""Wrong passwords for a name before anybody would have to wait."""
some = st.integers(0, 999)
"""Which one of those that there are."""


class AccountMachine(RuleBasedStateMachine):
    """The world beside the model."""

    twin: ClassVar[Twin] = Twin()

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.twin)
        self.model = Model()
        self.saved: tuple[Path, dict[str, Person]] | None = None
        self._passwords = count(1)

    @initialize()
    def begin_with_somebody(self) -> None:
        self.register(NAMES[0])
        if MODE == "verified":
            self.use_a_code(0)
        self.sign_in(NAMES[0], is_dead=False, at=0)
        self.sign_in(NAMES[0], is_dead=False, at=0)
        self.turn("save")

    # --- coming in --------------------------------------------------------------------------------

    @rule(name=st.sampled_from(NAMES))
    def register(self, name: str) -> None:
        """Whoever asks hears the same; only an address without an account gets a code."""
        if MODE == "verified":
            answer = self.world.post("/auth/register", name=name)
            assert answer.status_code == 202, answer.text
            self.take_code("confirm", name, is_due=name not in self.model.people)
        elif name not in self.model.people:
            password = self.new_password()
            answer = self.world.post("/auth/register", name=name, password=password)
            assert answer.status_code == 201, answer.text
            self.model.people[name] = Person(self.world.id_of(name), name, password, frozenset({"reader"}))

    @precondition(lambda self: self.world.has("/auth/reset"))
    @rule(name=st.sampled_from(NAMES))
    def ask_for_a_reset(self, name: str) -> None:
        """Whoever asks hears the same, and only the owner of an account that is open gets a code."""
        answer = self.world.post("/auth/reset", name=name)
        assert answer.status_code == 202, answer.text
        person = self.model.people.get(name)
        self.take_code("reset", name, is_due=person is not None and person.is_enabled)

    @precondition(lambda self: self.model.codes)
    @rule(which=some)
    def use_a_code(self, which: int) -> None:
        """Good once, for ten minutes, for what it was mailed for; whoever has it chooses the password."""
        code, password = self.one_of(self.model.codes, which), self.new_password()
        good = code.is_good(self.world.now)
        path = "/auth/confirm" if code.purpose == "confirm" else "/auth/reset/confirm"
        answer = self.world.post(path, code=code.text, password=password)
        assert answer.is_success == good, f"a dead code was let in, or a living one refused: {answer.text}"
        if good and code.purpose == "reset":
            self.model.change_password(code.name, password)
        elif good:
            self.model.people[code.name] = Person(
                self.world.id_of(code.name), code.name, password, frozenset({"reader"})
            )
        code.is_dead |= good

    @precondition(lambda self: self.model.accesses and self.world.has("/auth/me/password"))
    @rule(which=some)
    def change_password(self, which: int) -> None:
        """Every session ends, but for the one that begins with the new password. Ten times a minute are the most."""
        self.world.clock.advance(7)
        access, password = self.an_access(which), self.new_password()
        name, good = access.sitting.owner, access.is_good(self.world.now)
        current = self.model.people[name].password if name in self.model.people else password
        answer = self.world.post("/auth/me/password", access.text, current=current, new=password)
        assert answer.status_code == (200 if good else 401), answer.text
        if good:
            self.model.change_password(name, password)
            self.begin(name, answer)

    @rule(name=st.sampled_from(NAMES), is_dead=st.sampled_from((False, False, True)), at=some)
    def sign_in(self, name: str, is_dead: bool, at: int) -> None:
        """The right password, where there is one: in, unless the account is disabled. Or one that was, or never was."""
        person = self.model.people.get(name)
        if not is_dead and person is not None and person.is_enabled:
            answer = self.world.post("/auth/sign-in", name=name, password=person.password)
            self.model.misses[name] = 0
            self.begin(name, answer)
        elif self.model.misses.get(name, 0) < FREE:
            dead = [*self.model.former.get(name, ()), self.new_password()]
            password = dead[at % len(dead)] if is_dead or person is None else person.password
            answer = self.world.post("/auth/sign-in", name=name, password=password)
            assert answer.status_code == 401, f"a dead password was let in: {answer.status_code}"
            self.model.misses[name] = self.model.misses.get(name, 0) + 1

    # --- going on ---------------------------------------------------------------------------------

    @precondition(lambda self: self.model.sittings)
    @rule(which=some, behind=st.sampled_from((0, 0, 1, 1, 2)))
    def refresh(self, which: int, behind: int) -> None:
        """With any token that the session ever had: the newest goes on, an old one ends it all."""
        sitting = self.a_sitting(which)
        at = max(len(sitting.refresh) - 1 - behind, 0)
        wanted = sitting.answers(at, self.world.now)
        answer = self.world.post("/auth/refresh", refresh_token=sitting.refresh[at])
        if wanted in ("refused", "replay"):
            assert answer.status_code == 401, f"a dead refresh token was let in: {answer.status_code}"
            self.model.end_sitting(sitting)
            return
        assert answer.status_code == 200, f"a living refresh token was refused: {answer.text}"
        if wanted == "same":
            assert answer.json()["refresh_token"] == sitting.refresh[-1]
        else:
            sitting.refresh.append(answer.json()["refresh_token"])
            sitting.used = self.world.now
        self.take_access(sitting, answer)

    @precondition(lambda self: self.model.sittings)
    @rule(which=some)
    def refresh_in_two_tabs(self, which: int) -> None:
        self.refresh(which, behind=0)
        self.refresh(which, behind=1)

    # --- ending -----------------------------------------------------------------------------------

    @precondition(lambda self: self.model.accesses)
    @rule(which=some, everywhere=st.sampled_from((False, False, True)))
    def log_out(self, which: int, everywhere: bool) -> None:
        """Whoever has a living token can; whoever has a dead one cannot."""
        access = self.an_access(which)
        good = access.is_good(self.world.now)
        answer = self.world.ask("POST", "/auth/logout-everywhere" if everywhere else "/auth/logout", access.text)
        assert answer.status_code == (204 if good else 401), answer.text
        if good and everywhere:
            self.model.end_sittings(access.sitting.owner)
        elif good:
            self.model.end_sitting(access.sitting)

    @precondition(lambda self: self.model.accesses)
    @rule(which=some, other=some)
    def end_one_session(self, which: int, other: int) -> None:
        """One's own; somebody else's is as one that is not there."""
        access, sitting = self.an_access(which), self.a_sitting(other)
        good, is_own = access.is_good(self.world.now), sitting.owner == access.sitting.owner
        answer = self.world.ask("DELETE", f"/auth/sessions/{sitting.refresh[0].partition('.')[0]}", access.text)
        if not good:
            assert answer.status_code == 401, answer.text
        elif not is_own or sitting.is_over:
            assert answer.status_code == 404, answer.text
        else:
            # The row of one that is over by itself may be gone.
            assert answer.status_code in ({204} if sitting.is_live(self.world.now) else {204, 404}), answer.text
            self.model.end_sitting(sitting)

    # --- the administration -----------------------------------------------------------------------

    @precondition(lambda self: self.model.people)
    @rule(which=some)
    def disable_or_enable(self, which: int) -> None:
        """Whoever is enabled again is open, and nothing that was ended lives."""
        person = self.one_of(self.model.people.values(), which)
        if person.is_enabled:
            self.world.administer(lambda administration: administration.disable(OPERATOR, person.id))
            self.model.end_sittings(person.name)
            self.model.end_codes(person.name)
        else:
            self.world.administer(lambda administration: administration.enable(OPERATOR, person.id))
        person.is_enabled = not person.is_enabled
        self.sign_in(person.name, is_dead=False, at=0)

    @precondition(lambda self: self.model.people)
    @rule(which=some, role=st.sampled_from(("writer", "writer", "reader")))
    def give_or_take_a_role(self, which: int, role: str) -> None:
        """No token that had one that was taken is good any more; the sessions go on."""
        person = self.one_of(self.model.people.values(), which)
        change: tuple[list[str], list[str]] = ([], [role]) if role in person.roles else ([role], [])
        self.world.administer(lambda administration: administration.change_roles(OPERATOR, person.id, *change))
        if role in person.roles:
            self.model.end_tokens(person.name)
        person.roles ^= {role}

    @precondition(lambda self: self.model.people)
    @rule(which=some)
    def end_sessions(self, which: int) -> None:
        person = self.one_of(self.model.people.values(), which)
        self.world.administer(lambda administration: administration.end_sessions(OPERATOR, person.id))
        self.model.end_sittings(person.name)

    # --- the world --------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from((1, 3, 3, 20, 20, TOKEN + 1, 6 * DAY, LIFETIME)))
    def wait(self, seconds: int) -> None:
        self.world.clock.advance(seconds)

    @rule(turn=st.sampled_from(("save", "restart", "restart", "restore")))
    def turn(self, turn: str) -> None:
        """A restart forgets nothing that ended and ends nothing. A backup brings people back, and nothing else."""
        if turn == "save":
            self.saved = self.world.save(), self.model.saved()
        elif turn == "restart":
            self.world.restart()
        elif self.saved is not None:
            copy, people = self.saved
            self.world.restore(copy)
            self.model.restore(people)

    # --- what must always hold --------------------------------------------------------------------

    @invariant()
    def every_access_token_is_what_it_ought_to_be(self) -> None:
        for access in self.model.accesses:
            caller = self.world.caller(access.text)
            if not access.is_good(self.world.now):
                assert caller is None, "a dead access token was let in"
                continue
            assert caller is not None, "a living access token was refused"
            person = self.model.people[access.sitting.owner]
            assert (caller.id, caller.name, caller.roles) == (person.id, person.name, access.roles)
            assert caller.roles <= person.roles, "a right that was taken is still used"

    def teardown(self) -> None:
        """Everything that ought to be good is, and a session that ought to be over is."""
        try:
            if self.world.is_open:
                self.every_session_and_password_is_what_it_ought_to_be()
        finally:
            self.world.end()

    def every_session_and_password_is_what_it_ought_to_be(self) -> None:
        for sitting in self.model.sittings:
            answer = self.world.post("/auth/refresh", refresh_token=sitting.refresh[-1])
            wanted = 200 if sitting.is_live(self.world.now) else 401
            assert answer.status_code == wanted, f"a dead or living refresh token: {answer.text}"
        for name, person in self.model.people.items():
            if person.is_enabled:
                answer = self.world.post("/auth/sign-in", name=name, password=person.password)
                assert answer.status_code == 200, answer.text

    # --- how it is done ---------------------------------------------------------------------------

    def take_code(self, purpose: str, name: str, *, is_due: bool) -> None:
        """The code that has been mailed; the one before it is dead. Nobody is sent more than three an hour."""
        text = self.world.code(purpose, name)
        assert is_due or text is None, f"a code ({purpose}) for nobody"
        if text is not None:
            self.model.end_codes(name, purpose)
            self.model.codes.append(Mailed(text, purpose, name, self.world.now + CODE))

    def new_password(self) -> str:
        return f"vivid otter number {next(self._passwords):05} plays the tuba"

    def begin(self, name: str, answer: httpx2.Response) -> None:
        """A sign-in that has to have gone well."""
        assert answer.status_code == 200, answer.text
        sitting = Sitting(name, [answer.json()["refresh_token"]], self.world.now, self.world.now)
        self.model.sittings.append(sitting)
        self.take_access(sitting, answer)

    def take_access(self, sitting: Sitting, answer: httpx2.Response) -> None:
        told = answer.json()
        roles = self.model.people[sitting.owner].roles
        ends = self.world.now + min(TOKEN, sitting.began + LIFETIME - self.world.now)
        assert told["expires_in"] == ends - self.world.now
        self.model.accesses.append(Access(told["access_token"], sitting, roles, ends))

    def an_access(self, which: int) -> Access:
        """Mostly a living one, as long as there is any."""
        living = [each for each in self.model.accesses if each.is_good(self.world.now)]
        return self.one_of(living if living and which % 4 else self.model.accesses, which)

    def a_sitting(self, which: int) -> Sitting:
        living = [each for each in self.model.sittings if each.is_live(self.world.now)]
        return self.one_of(living if living and which % 4 else self.model.sittings, which)

    def one_of(self, several: Iterable[Each], which: int) -> Each:
        found = list(several)
        return found[which % len(found)]
