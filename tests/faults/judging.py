"""What must be so after a kill: each judge says what is not.

Of every deed: the file is whole, the log is whole, the service starts again. And of each its own: what was answered is
there; what was begun is there or is not, whole; every change has its event, and every event its change.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final

from buckler.events.journal.checkpoints import checkpoints_in
from buckler.events.journal.verification import Verification
from buckler.identity.installation.foundation import open_vault
from buckler.identity.installation.sealed_rows import SealedRows
from buckler.identity.installation.secret_place import SecretPlace
from tests.faults.deeds import DAY
from tests.faults.killing import Killed
from tests.faults.place import MOVER, Place
from tests.identity.house import PASSWORD
from tests.identity.post_house import PostHouse

Faults = list[str]


async def faults_of(deed: str, killed: Killed) -> Faults:
    """Everything that is not as it must be."""
    found = list(of_file(killed.place))
    found += [f"{deed}: {each}" for each in OWN[deed](killed)]
    async with killed.place.house(killed.now) as house:
        found += await log_faults(house, killed.place)
        found += await AFTERWARDS[deed](house, killed)
    return found


def events_of(place: Place, name: str) -> list[dict[str, Any]]:
    """What the log kept of this kind, the oldest first."""
    query = "SELECT body FROM event WHERE name = ? AND emptied_at IS NULL ORDER BY position"
    return [json.loads(body) for (body,) in place.rows(query, name)]


async def log_faults(house: PostHouse, place: Place) -> Faults:
    """What `Verification` finds, against the checkpoints that left the database."""
    keeper, database = house.accounts.opened().keeper, house.accounts._database
    checkpoints = []
    if place.outside.exists():
        with place.outside.open("rb") as stream:
            checkpoints = list(checkpoints_in(stream))
    async with database.reading() as connection:
        key, (installation, _) = keeper._journal.key, keeper._about
        verdict = await Verification(connection, key, installation).run(checkpoints)
    return verdict.faults


def of_file(place: Place) -> Iterator[str]:
    """What SQLite itself finds."""
    for pragma, good in (("integrity_check", [("ok",)]), ("foreign_key_check", [])):
        try:
            found = place.rows(f"PRAGMA {pragma}")
        except sqlite3.DatabaseError as error:
            yield f"{pragma}: {error}"
        else:
            if found != good:
                yield f"{pragma}: {found[:3]}"


def _of_register(killed: Killed) -> Iterator[str]:
    place = killed.place
    accounts = dict(place.rows("SELECT id, name FROM account"))
    told = Counter(each["account"] for each in events_of(place, "user_created"))
    answered = {each["id"]: each["name"] for each in killed.answered}
    yield from (f"{name} was answered and is lost" for account, name in answered.items() if account not in accounts)
    yield from _apart(told, Counter(accounts), "account")
    begun = {each["name"] for each in killed.told if each["what"] == "begun"} | {"root", MOVER}
    yield from (f"{name} was never asked for" for name in accounts.values() if name not in begun)


def _of_refresh(killed: Killed) -> Iterator[str]:
    place, reached = killed.place, Counter(each["step"] for each in killed.answered)
    most = reached + Counter([killed.pending["step"]] if killed.pending else [])
    rows = place.rows("SELECT id, rotations, ended_for FROM session")
    replayed = Counter(row[0] for row in rows if row[2] == "replay")
    yield from _apart(Counter(each["session"] for each in events_of(place, "session_created")), _ids(rows), "session")
    yield from _apart(Counter(each["session"] for each in events_of(place, "authn_token_reuse")), replayed, "replay")
    signed_in = len(events_of(place, "authn_login_success"))
    found = {"sign in": len(rows), "refresh": sum(row[1] for row in rows), "replay": len(replayed)}
    yield from (
        f"{step}: {number} are kept, {reached[step]} were answered"
        for step, number in found.items()
        if not reached[step] <= number <= most[step]
    )
    if signed_in != len(rows):
        yield f"{signed_in} sign-ins in the log, {len(rows)} sessions"
    if (live := sum(row[2] is None for row in rows)) > 1:
        yield f"{live} sessions of one device live"


def _of_roles(killed: Killed) -> Iterator[str]:
    place = killed.place
    held, version, account = place.rows("SELECT roles, version, id FROM account WHERE name = ?", MOVER)[0]
    changes = [each for each in events_of(place, "privilege_permissions_changed") if each["account"] == account]
    told = {"reader"}
    for each in changes:
        told = (told | set(each["given"])) - set(each["taken"])
    if told != set(json.loads(held)):
        yield f"the roles are {held}, and the log comes to {sorted(told)}"
    if version != 1 + sum(bool(each["taken"]) for each in changes):
        yield f"the version is {version}, and the log says otherwise"
    outdated = place.rows("SELECT max(version) FROM revocation WHERE kind = 'account' AND subject = ?", account)[0][0]
    if (outdated or 1) != version:
        yield f"the version is {version}, and what other processes are told is {outdated}"
    if not len(killed.answered) <= len(changes) <= len(killed.answered) + (killed.pending is not None):
        yield f"{len(changes)} changes are kept, {len(killed.answered)} were answered"
    acted = [each for each in events_of(place, "authz_admin") if each["account"] == account]
    if len(acted) != len(changes):
        yield f"{len(changes)} changes, and {len(acted)} acts of an administrator"


def _of_rotation(killed: Killed) -> Iterator[str]:
    rows = killed.place.rows("SELECT kid, verifies_until, revoked_at, length(sealed) FROM signing_key")
    endless = [kid for kid, until, revoked, _ in rows if until is None and revoked is None]
    if len(endless) != 1:
        yield f"{len(endless)} keys have no end"
    told = {action: _administered(killed, action) for action in ("rotate", "retire", "revoke")}
    revoked = Counter(kid for kid, _, moment, _ in rows if moment is not None)
    yield from _apart(Counter(each["kid"] for each in told["revoke"]), revoked, "revoked key")
    stepped_in = sum(each["signing"] not in {one["kid"] for one in told["rotate"]} for each in told["revoke"])
    if len(rows) != 1 + len(told["rotate"]) + stepped_in:
        yield f"{len(rows)} keys, and the log tells of {1 + len(told['rotate']) + stepped_in}"
    retired = {each["kid"] for each in told["retire"]}
    destroyed = {kid for kid, _, moment, length in rows if not length and moment is None}
    if retired != destroyed:
        yield f"retired in the log: {sorted(retired)}, destroyed: {sorted(destroyed)}"
    announced = killed.place.rows("SELECT count(*) FROM revocation WHERE kind = 'keys'")[0][0]
    acted = sum(len(each) for each in told.values())
    if announced < acted:
        yield f"{acted} changes of keys, and other processes are told of {announced}"
    yield from _counted(killed, told)


def _of_resealing(killed: Killed) -> Iterator[str]:
    yield from _counted(killed, {each: _administered(killed, each) for each in ("seal anew", "drop old secrets")})


def _of_sealing(killed: Killed) -> Iterator[str]:
    place = killed.place
    account, disabled = place.rows("SELECT id, disabled_at FROM account WHERE name = ?", MOVER)[0]
    acts = [each["action"] for each in events_of(place, "user_updated") if each["account"] == account]
    expected = [each["change"] for each in killed.answered if each["change"] != "seal"]
    pending = killed.pending["change"] if killed.pending else "seal"
    if acts not in (expected, [*expected, pending]):
        yield f"answered: {expected}, kept: {acts}"
    if (disabled is not None) != (acts[-1:] == ["disable"]):
        yield f"the account is disabled at {disabled}, and the log ends with {acts[-1:]}"
    batches = place.rows("SELECT max(number) FROM event_batch")[0][0] or 0
    answered = max((each["batch"] for each in killed.answered if "batch" in each), default=0)
    if batches < answered:
        yield f"batch {answered} was answered, and {batches} is the last"


def _of_sweeping(killed: Killed) -> Iterator[str]:
    rows = killed.place.rows("SELECT position, at, name, body, emptied_at, emptied_mac, account_id FROM event")
    for position, at, name, body, erased, proof, account in rows:
        if (erased is None, proof is None, bool(body)) not in ((True, True, True), (False, False, False)):
            yield f"row {position} is half emptied"
        if erased is not None and account is not None:
            yield f"row {position} is emptied, and says about whom it was"
        swept = max((each["now"] for each in killed.answered), default=0)
        if erased is None and name == "authn_login_success" and at < (swept - 90 * DAY) * 1000:
            yield f"row {position} was over at a sweep that was answered"
        if erased is not None and at > (erased - 30 * DAY * 1000):
            yield f"row {position} was emptied before its time"


def _administered(killed: Killed, action: str) -> list[dict[str, Any]]:
    return [each for each in events_of(killed.place, "sys_keys_administered") if each["action"] == action]


def _counted(killed: Killed, told: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    for action, events in told.items():
        answered = sum(each["action"] == action for each in killed.answered)
        most = answered + (killed.pending is not None and killed.pending["action"] == action)
        if not answered <= len(events) <= most:
            yield f"{action}: {len(events)} in the log, {answered} answered"


def _apart(told: Counter[str], there: Counter[str], what: str) -> Iterator[str]:
    yield from (f"{what} {each} has no event" for each in there if not told[each])
    yield from (f"{what} {each} has an event, and is not there" for each in told if each not in there)
    yield from (f"{what} {each} has {count} events" for each, count in told.items() if count > 1)


def _ids(rows: list[Any]) -> Counter[str]:
    return Counter(row[0] for row in rows)


async def _signs_in(house: PostHouse, killed: Killed) -> Faults:
    """Whoever was answered last does."""
    name = killed.answered[-1]["name"] if killed.answered and "name" in killed.answered[-1] else "root"
    answer = await house.post("/auth/sign-in", name=name, password=PASSWORD)
    return [] if answer.status_code == 200 else [f"{name} does not sign in: {answer.text}"]


async def _goes_on(house: PostHouse, killed: Killed) -> Faults:
    """The last token that was answered has one successor, whoever asks and how often."""
    last = killed.answered[-1] if killed.answered else None
    if last is None or last["step"] == "replay" or (killed.pending and killed.pending["step"] == "replay"):
        return await _signs_in(house, killed)
    answers = [await house.post("/auth/refresh", refresh_token=last["token"]) for _ in range(2)]
    if any(each.status_code != 200 for each in answers):
        return [f"the token that was answered is not good: {answers[0].text}"]
    successors = {each.json()["refresh_token"] for each in answers}
    return [] if len(successors) == 1 else ["one token has two successors"]


async def _opens(house: PostHouse, killed: Killed) -> Faults:
    """Everything that is sealed opens, all of it under one secret; and whoever signs in does."""
    place = SecretPlace(killed.place.data, None, None, development=True)
    async with house.accounts._database.reading() as connection:
        vault = await open_vault(connection, place)
        assert vault is not None
        tallies = await SealedRows(vault).verify(connection, lambda _: None)
    found = [f"{tally.title} does not open: {row}" for tally in tallies for row in tally.broken]
    under = {number for tally in tallies for number in tally.opened}
    if len(under) != 1:
        found.append(f"what is sealed is so under the secrets {sorted(under)}")
    if killed.pending and killed.pending["action"] == "seal anew" and len(place.read()) > 1:
        answered = sum(each["action"] == "seal anew" for each in killed.answered)
        is_told = len(_administered(killed, "seal anew")) > answered
        if is_told != (under == {1}):
            found.append(f"all is sealed under {sorted(under)}, and the log says {is_told}")
    return found + await _signs_in(house, killed)


async def _is_sealed_on(house: PostHouse, killed: Killed) -> Faults:
    """The next batch fits to those that are there, and the sweep goes on."""
    house.clock.advance(61)
    await house.accounts.opened().keeper.tick()
    return await log_faults(house, killed.place)


OWN: Final[dict[str, Callable[[Killed], Iterator[str]]]] = {
    "register": _of_register,
    "refresh": _of_refresh,
    "roles": _of_roles,
    "rotation": _of_rotation,
    "resealing": _of_resealing,
    "sealing": _of_sealing,
    "sweeping": _of_sweeping,
}
AFTERWARDS: Final[dict[str, Callable[[PostHouse, Killed], Awaitable[Faults]]]] = {
    "register": _signs_in,
    "refresh": _goes_on,
    "roles": _signs_in,
    "rotation": _opens,
    "resealing": _opens,
    "sealing": _is_sealed_on,
    "sweeping": _is_sealed_on,
}
