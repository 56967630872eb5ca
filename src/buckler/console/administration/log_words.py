"""What happened, in a sentence, where the fields of an event tell more than the catalogue does for all of its kind."""

from collections.abc import Mapping
from typing import Final, cast

from buckler.events.vocabulary import CATALOGUE
from buckler.redact import plain

_ACTIONS: Final[Mapping[tuple[str, object], str]] = {
    ("user_updated", "disable"): "the account was disabled",
    ("user_updated", "enable"): "the account was enabled",
    ("user_updated", "address"): "the account got another address",
    ("user_updated", "devices"): "the known devices of the account were forgotten",
    ("authn_token_revoked", "end sessions"): "the account was signed out everywhere",
    ("authn_password_change", "own"): "the password was changed by its owner",
    ("authn_password_change", "recovery"): "the password was replaced with a mailed code",
    ("authz_admin", "disable"): "an administrator acted: disabled the account",
    ("authz_admin", "enable"): "an administrator acted: enabled the account",
    ("authz_admin", "end sessions"): "an administrator acted: signed the account out everywhere",
    ("authz_admin", "roles"): "an administrator acted: changed the roles of the account",
    ("authz_admin", "invite"): "an administrator acted: invited somebody",
}
"""By the event, and its `action` or `way`."""
_CHANGES: Final = (("was given", "given"), ("lost", "taken"))
_OTHERS: Final = "an event of another version"


def told_event(name: str, says: Mapping[str, object]) -> str:
    """What happened. Values that a row has and we do not write are left to its fields."""
    if name == "privilege_permissions_changed":
        changes = [f"{verb} {', '.join(roles)}" for verb, field in _CHANGES if (roles := _words(says.get(field)))]
        if changes:
            return f"the account {' and '.join(changes)}"
    if name == "authz_admin" and isinstance(says.get("role"), str) and says.get("action") is None:
        return f"the account became an administrator: role {plain(str(says['role']))}"
    action = says.get("action") or says.get("way")
    told = _ACTIONS.get((name, action)) if isinstance(action, str) else None
    return told or (CATALOGUE[name].when if name in CATALOGUE else _OTHERS)


def _words(value: object) -> list[str]:
    if not isinstance(value, list):
        return []
    return [plain(each) for each in cast("list[object]", value) if isinstance(each, str)]
