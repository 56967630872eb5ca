"""Changing and removing what somebody may see: the condition is repeated in the statement that writes.

Between the load and the write an object may have been given away, by a request that runs beside this one (CWE-367).
`UPDATE ... WHERE key = ... AND owner = ...` writes nothing then, and the answer is the 404 of a missing one.

1. What says whose it is cannot be changed so: neither the key, the owner and the tenant, nor what it belongs to.
2. The condition is that of lists; no rows and a stranger's row are the same. Before it what the row says is compared
   value by value: a database may take `ALICE` for `alice` (collations).

Caveat: these are statements. What a flush of the session does beside them, such as cascades of relationships, they do
not; those of the database they do. A model of several tables (joined inheritance) is written in its own way.
"""

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import ClauseElement, CursorResult, Delete, Update, delete, inspect, update
from sqlalchemy.orm.attributes import set_committed_value

from buckler.access.ownership.columns import mapper_of
from buckler.access.ownership.finding import MISSING, Sync, holders_in_database
from buckler.access.ownership.rule import Model, Rule
from buckler.access.ownership.sights import Sight
from buckler.refused import Refused


def change_by(session: Sync, rule: Rule[Model], sight: Sight, found: Model, values: Mapping[str, object]) -> None:
    """Write `values` where the object is still seen, and onto it. Raises `Refused` where it is not."""
    _check_values(rule, values)
    _write(session, update(rule.model).values(dict(values)), rule, sight, found)
    _remember(session, rule, found, values)


def remove_by(session: Sync, rule: Rule[Model], sight: Sight, found: Model) -> None:
    """Delete the object where it is still seen. Raises `Refused` where it is not."""
    _write(session, delete(rule.model), rule, sight, found)
    if found in session:
        session.expunge(found)


def identity_of(found: object) -> tuple[object, ...]:
    """The key under which the database has the object, whatever was written onto it since."""
    state = inspect(found, raiseerr=False)
    if state is None or state.identity is None:
        raise TypeError(
            f"{type(found).__name__}: this object was not loaded from the database, so no row of it can be written."
        )
    return tuple(state.identity)


def _write(session: Sync, statement: Update | Delete, rule: Rule[Any], sight: Sight, found: object) -> None:
    mapper = mapper_of(rule.model)
    if not isinstance(found, rule.model):
        raise TypeError(f"{type(found).__name__}: this rule is about {rule.model.__name__}.")
    if len(mapper.tables) > 1:
        raise TypeError(
            f"{rule.model.__name__} stands in several tables, which no one statement writes. Change the object itself,"
            " in the transaction that loaded it."
        )
    columns = [getattr(rule.model, mapper.get_property_by_column(column).key) for column in mapper.primary_key]
    row = [column == value for column, value in zip(columns, identity_of(found), strict=True)]
    if not sight.admits(rule, *holders_in_database(session, rule, row)):
        # The statement below would ask in the database's own way, which may take ALICE for alice.
        raise Refused(MISSING)
    statement = statement.where(*row)
    statement = statement.where(sight.condition(rule)).execution_options(synchronize_session=False)
    written = cast("CursorResult[Any]", session.execute(statement)).rowcount
    if written != 1:
        raise Refused(MISSING)


def _remember(session: Sync, rule: Rule[Any], found: object, values: Mapping[str, object]) -> None:
    """Let the object say what is written. Asked of the database is only what it alone knows.

    The app's criteria may hide from now on what was just changed, as when it was deleted softly.
    """
    fresh = [name for name, value in values.items() if _is_expression(value)]
    for name, value in values.items():
        if name not in fresh:
            set_committed_value(found, name, value)
    attributes = mapper_of(rule.model).column_attrs
    fresh += [each.key for each in attributes if any(map(_changes_itself, each.columns)) and each.key not in values]
    if fresh and found in session:
        session.refresh(found, fresh)


def _is_expression(value: object) -> bool:
    return isinstance(value, ClauseElement) or hasattr(value, "__clause_element__")


def _changes_itself(column: Any) -> bool:
    return getattr(column, "onupdate", None) is not None or getattr(column, "server_onupdate", None) is not None


def _check_values(rule: Rule[Any], values: Mapping[str, object]) -> None:
    model = rule.model.__name__
    if not values:
        raise TypeError(f"change(...) of a {model} names nothing to change: write it by name, as in text='...'.")
    columns = mapper_of(rule.model).column_attrs
    for name in values:
        if name not in columns:
            raise TypeError(f"{name}: {model} has no column of that name.")
        if name in rule.frozen or columns[name].columns[0] in _columns(rule):
            raise TypeError(
                f"{name} says whose a {model} is, or which one: it is not changed so. Write a statement of your own for"
                " that, with visible_to(who) as its condition, once you have judged where it goes."
            )


def _columns(rule: Rule[Any]) -> list[object]:
    """The columns behind the frozen attributes: a second attribute may stand for the same one."""
    attributes = mapper_of(rule.model).column_attrs
    return [column for name in rule.frozen if name in attributes for column in attributes[name].columns]
