"""The policy as a page of Markdown, for whoever reviews it."""

import re
from collections.abc import Sequence
from typing import Final

from buckler.access.policy.policy import VERSION, Policy
from buckler.access.policy.tables import ROUTES, Row, field_rows, matrix_head, matrix_rows, route_rows
from buckler.redact import plain

_MARKUP: Final = re.compile(r"([\\`*_{}\[\]<>()#+!|~&$])")
_PIECE: Final = 200
_HEAD: Final = (
    f"Written by `buckler policy --write` (format {VERSION}), for people; do not edit. What `--check` compares with the"
    " app is the same as JSON, which says more."
)
_LEGEND: Final = """\
`yes` and `no` are for somebody with that role alone. `own_objects` is with objects of its own, `depends` by a condition
of the app or a fresh proof of who it is.
"""


def as_markdown(policy: Policy) -> str:
    """Routes, roles, and who may what. No text of the app becomes markup."""
    head = [_cell(each.capitalize()) for each in matrix_head(policy)[:4]] + [_code(name) for name in policy.roles or ()]
    parts = [
        "# Who may what",
        _HEAD,
        _callers(policy),
        *_trial(policy),
        "## Routes",
        _default(policy),
        _table([_cell(each.capitalize()) for each in ROUTES], [_coded(row) for row in route_rows(policy)]),
        "## Roles",
        _roles(policy),
        "## Which role may what",
        _LEGEND.rstrip("\n"),
        _table(head, [_coded(row) for row in matrix_rows(policy)]),
        *_fields(policy),
        *_answering(policy),
    ]
    return "\n\n".join(parts) + "\n"


def _default(policy: Policy) -> str:
    if not policy.default:
        return "There is no default: a route that says nothing of who may stops the start."
    return f"Where a route says nothing of who may: {', '.join(map(_code, policy.default))}."


def _callers(policy: Policy) -> str:
    said = {"accounts": "accounts of this app", "issuer": "the issuer", "own": "an authenticator of the app's own,"}
    told = [
        " ".join([said[each.kind], *([_code(each.name)] if each.name else []), *map(_audience, each.audiences)])
        for each in policy.callers
    ]
    return f"Who is calling is said by {', and by '.join(told)}." if told else "Nobody says who is calling."


def _audience(name: str) -> str:
    return f"for {_code(name)}"


def _trial(policy: Policy) -> list[str]:
    trial = policy.trial
    if trial is None:
        return []
    return [f"On trial until {trial.until} ({_cell(trial.reason)}), which lifts {', '.join(map(_code, trial.only))}."]


def _roles(policy: Policy) -> str:
    if policy.roles is None:
        return "Callers bring their permissions from elsewhere."
    if not policy.roles:
        return "There are none."
    rows = [
        (
            _code(name),
            ", ".join(map(_code, granted)) or "nothing in particular",
            "yes" if name == policy.new_account_role else "",
        )
        for name, granted in policy.roles.items()
    ]
    return _table(["Role", "Grants", "Of new accounts"], rows)


def _fields(policy: Policy) -> list[str]:
    rows = [(_code(model), _code(name), _cell(read), _cell(write)) for model, name, read, write in field_rows(policy)]
    return ["## Guarded fields", _table(["Model", "Field", "Who reads it", "Who sends it"], rows)] if rows else []


def _answering(policy: Policy) -> list[str]:
    rows = [(_code(each.middleware), _cell(each.reason)) for each in policy.answering]
    return ["## Middleware that answers by itself", _table(["Middleware", "Why it may"], rows)] if rows else []


def _coded(row: Row) -> Row:
    methods, path, *others = row
    return (_cell(methods), _code(path), *map(_cell, others))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |".replace("  |", " |") for line in lines)


def _code(text: str) -> str:
    """As code. A backtick or a bar could end it, so a text that has one is shown as words."""
    shown = _shown(text)
    return f"`{shown}`" if shown and not set("`|\\") & set(shown) else _cell(shown)


def _cell(text: str) -> str:
    return _MARKUP.sub(r"\\\1", _shown(text))


def _shown(text: str) -> str:
    """On one line, in pieces and so in full: `plain` cuts what is long, and what is left out cannot be reviewed."""
    return "".join(plain(text[begun : begun + _PIECE]) for begun in range(0, len(text), _PIECE))
