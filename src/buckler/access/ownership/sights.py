"""What one caller sees of the objects of one model: as a condition of SQL, and as a comparison of values.

Both are made here, side by side, from the same two values. Nothing else in the room decides.

1. An empty value is nobody's: None and `""` equal nothing, neither each other.
2. The tenant is compared always; what lifts the ownership never lifts it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, and_, false, true

if TYPE_CHECKING:
    from buckler.access.ownership.columns import NamingColumn
    from buckler.access.ownership.rule import Rule


@dataclass(frozen=True, slots=True)
class Sight:
    """The values that an object must have to be seen; None is nobody's, so nothing is seen."""

    owner: object | None
    tenant: object | None
    lifted: bool
    """Whether the ownership is not asked."""

    def condition(self, rule: "Rule[Any]", of: Any = None) -> ColumnElement[bool]:
        """What a row must be to be seen; `of` is an alias of the model where the statement is about one."""
        model: Any = rule.model if of is None else of
        parts: list[ColumnElement[bool]] = []
        if rule.tenant is not None:
            parts.append(_equal(getattr(model, rule.tenant.name), self.tenant))
        if rule.owner is not None and not self.lifted:
            parts.append(_owned(rule, rule.owner, model, self.owner))
        # Fail closed: a rule without a part would be one that everybody meets.
        return and_(*parts) if parts else true() if self.lifted else false()

    def admits(self, rule: "Rule[Any]", owner: object, tenant: object) -> bool:
        """Whether an object with this owner and this tenant is seen."""
        if rule.tenant is not None and not _same(self.tenant, tenant):
            return False
        if rule.owner is None:
            return rule.tenant is not None
        return self.lifted or self.owns(owner)

    def owns(self, owner: object) -> bool:
        """Whether it is the caller's own."""
        return _same(self.owner, owner)


NOTHING: Final = Sight(None, None, lifted=False)
"""What is seen by whom nobody knows."""


def _same(mine: object, theirs: object) -> bool:
    return mine is not None and theirs is not None and mine == theirs


def _equal(column: Any, value: object) -> ColumnElement[bool]:
    return false() if value is None else column == value


def _owned(rule: "Rule[Any]", owner: "NamingColumn", model: Any, value: object) -> ColumnElement[bool]:
    """The owner's column is equal: on the model, or on what stands at the end of `through`."""
    if not rule.through:
        return _equal(getattr(model, owner.name), value)
    condition = _equal(owner.attribute, value)
    for relationship in reversed(rule.through[1:]):
        condition = relationship.has(condition)
    first: ColumnElement[bool] = getattr(model, rule.through[0].key).has(condition)
    return first
