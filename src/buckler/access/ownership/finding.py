"""Finding an object that somebody may see, by its key: one statement, whoever asks and whether there is such a one.

1. The condition stands in the statement, so a stranger's object and a missing one take the same way and time.
2. The statement is asked, not the session's memory: what another transaction gave away is gone.
3. What comes back is compared once more, value by value: a database may take `Alice` for `alice` (collations), and an
   object that the session remembers differently is not handed over.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session, aliased, scoped_session

from buckler.access.ownership.columns import NamingColumn
from buckler.access.ownership.rule import Model, Rule
from buckler.access.ownership.sights import Sight
from buckler.errors import Refusal
from buckler.refused import Refused

MISSING: Final = Refusal(
    404,
    "no-such-object",
    "There is no such thing, or it is not yours.",
    event="malicious_direct_reference",
)
"""One value for what is missing and for what is not the caller's: the same bytes."""
Sync = Session | scoped_session[Any]


def found_by(
    session: Sync, rule: Rule[Model], sight: Sight, key: object, parents: Mapping[str, object]
) -> tuple[Model, bool]:
    """The object, and whether it is the caller's own. Raises `Refused` where nothing is seen."""
    rule.settle()
    wanted = [(rule.key, rule.key.value_of(key))]
    wanted += [(rule.within[name], rule.within[name].value_of(given)) for name, given in parents.items()]
    values = [value for _, value in wanted]
    if None in values:
        raise Refused(MISSING)
    known = rule.statements.get(tuple(parents))
    if known is None:
        known = rule.statements[tuple(parents)] = _statement(rule, [column for column, _ in wanted])
    statement = known.where(sight.condition(rule), *(column.attribute == value for column, value in wanted))
    found: Sequence[Any] = session.execute(statement).unique().all()
    rows = [
        row for row in found if sight.admits(rule, row[1], row[2]) and list(row[3:]) == values and _agrees(rule, row)
    ]
    if len(rows) != 1:
        raise Refused(MISSING)
    return rows[0][0], sight.owns(rows[0][1])


def _statement(rule: Rule[Any], named: list[NamingColumn]) -> Any:
    """The object with what decides about it, read in the same moment."""
    target: Any = rule.model
    joins: list[Any] = []
    for step in rule.through:
        following = aliased(step.property.entity.class_)
        joins.append(getattr(target, step.key).of_type(following))
        target = following
    owner = getattr(target, rule.owner.name) if rule.owner is not None else None
    tenant = rule.tenant.attribute if rule.tenant is not None else None
    nothing = rule.key.attribute
    columns = [nothing if column is None else column for column in (owner, tenant)]
    statement: Any = select(
        rule.model,
        *(column.label(f"buckler_{place}") for place, column in enumerate([*columns, *(n.attribute for n in named)])),
    )
    for join in joins:
        # What hangs on nothing is nobody's, and still seen by whom nobody asks for ownership.
        statement = statement.outerjoin(join)
    return statement


def holders_in_database(session: Sync, rule: Rule[Any], row: Sequence[Any]) -> tuple[object, object]:
    """The owner and the tenant that the database has for one row; None and None where there is none."""
    rule.settle()
    found: Sequence[Any] = session.execute(_statement(rule, []).where(*row)).unique().all()
    return (found[0][1], found[0][2]) if len(found) == 1 else (None, None)


def _agrees(rule: Rule[Any], row: Any) -> bool:
    """Whether what the session remembers of the object is what the row says. It asks the database nothing."""
    remembered = inspect(row[0]).dict
    told = {rule.tenant.name: row[2]} if rule.tenant is not None else {}
    if rule.owner is not None and not rule.through:
        told[rule.owner.name] = row[1]
    return all(remembered.get(name, value) == value for name, value in told.items())
