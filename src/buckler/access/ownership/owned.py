"""`Owned`: whose object (ASVS 8.2.2, 8.4.1)."""

import typing
from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Final, Generic, overload

from sqlalchemy import ColumnElement

from buckler.access.declarations.declaring import Declared
from buckler.access.declarations.sources import line_outside
from buckler.access.ownership.finding import Sync, found_by
from buckler.access.ownership.object_ownership import ObjectOwnership
from buckler.access.ownership.rule import Model, Rule
from buckler.access.ownership.session_argument import check_session
from buckler.access.ownership.sessions import run_in
from buckler.access.ownership.writing import change_by, identity_of, remove_by
from buckler.errors import ConfigurationError
from buckler.principal import Principal

if TYPE_CHECKING:
    from buckler.access.ownership.sessions import Async, Either

_OURS: Final = (__file__, typing.__file__)


class Owned(Declared, Generic[Model]):
    """Declare whose the objects of a model are: `notes = Owned(Note, owner=Note.owner_id, session=get_session)`.

    As a parameter it hands over the object that the path names, `note: Annotated[Note, notes]`; in `dependencies=[...]`
    it only asks. Somebody else's object and a missing one answer with the same 404. The guard comes first: 401 without
    a good credential, 403 without a permission of the route.

    `owner` is the column that has the caller's id, as a whole number, a text or a UUID. `tenant` is one that must equal
    the caller's tenant besides. `through` is the relationship, or a tuple of them, that leads to the owner's column.
    `within={"project": Note.project_id}` binds the object to what other path parameters name; `{}` says that they have
    nothing to do with it. `unless` is a permission whose holders are not asked for ownership, and leaves an event.
    `param` and `key` name the path parameter and its column where they are not found. `session` is the app's own
    dependency; without it that of `Buckler(app, session=...)` holds.

    The same rule narrows lists (`visible_to`), judges an object at hand (`sees`), finds by an id that came in a body
    (`find`), and repeats itself in writes (`change`, `remove`). Raises `ConfigurationError` for what can never work.
    """

    def __init__(
        self, model: type[Model], *, owner: object = None, tenant: object = None, session: object = None,
        param: str | None = None, key: object = None, unless: str | None = None, through: object = None,
        within: Mapping[str, object] | None = None,
    ) -> None:  # fmt: skip
        where = line_outside(_OURS)
        try:
            if session is not None:
                check_session(session)
            _check_param(param)
            rule = Rule(model, owner=owner, tenant=tenant, key=key, unless=unless, through=through, within=within)
        except ConfigurationError as error:
            raise ConfigurationError(f"{where}: Owned: {error}") from None
        parents = None if within is None else tuple(within)
        self._rule = rule
        self._ownership = ObjectOwnership(rule, where, session=session, param=param, parents=parents)
        super().__init__(self._ownership)

    def visible_to(self, who: Principal, of: object = None) -> ColumnElement[bool]:
        """The condition of what `who` sees, for lists, counts, exports and writes: `select(Note).where(...)`.

        In a statement about an alias of the model name that, `of=note`: without it the condition is about the model,
        and would be met by whoever has any object at all. Raises `TypeError` where `who` is no caller, or `of` no
        alias of the model.
        """
        sight = self._rule.sight_of(who)
        self._rule.check_alias(of)
        if sight.lifted:
            self._ownership.tell(who, "*")
        return sight.condition(self._rule, of)

    def sees(self, who: Principal, found: Model) -> bool:
        """Whether `who` sees this object, by what is on it now. Relationships of `through` must be loaded."""
        sight = self._rule.sight_of(who)
        owner, tenant = self._rule.holders(found)
        seen = sight.admits(self._rule, owner, tenant)
        if seen and sight.lifted and not sight.owns(owner):
            self._ownership.tell(who, _told(found))
        return seen

    @overload
    def find(
        self, who: Principal, key: object, session: "Async", *, parents: Mapping[str, object] | None = None
    ) -> Coroutine[Any, Any, Model]: ...
    @overload
    def find(
        self, who: Principal, key: object, session: Sync, *, parents: Mapping[str, object] | None = None
    ) -> Model: ...
    def find(
        self, who: Principal, key: object, session: "Either", *, parents: Mapping[str, object] | None = None
    ) -> Model | Coroutine[Any, Any, Model]:
        """The object of that key, for an id that came in a body or a query; to be awaited in an `AsyncSession`.

        `parents` are values for the names of `within`. Raises `Refused`, the 404 of a missing one, where `who` sees
        none, and `TypeError` for a name that `within` does not have.
        """
        sight = self._rule.sight_of(who)
        for name in parents or ():
            if name not in self._rule.within:
                raise TypeError(f"parents={parents!r}: within= has no {name!r}.")

        def work(sync: Sync) -> Model:
            found, own = found_by(sync, self._rule, sight, key, parents or {})
            if sight.lifted and not own:
                self._ownership.tell(who, key)
            return found

        return run_in(session, work)

    @overload
    def change(
        self, who: Principal, found: Model, session: "Async", /, **values: object
    ) -> Coroutine[Any, Any, None]: ...
    @overload
    def change(self, who: Principal, found: Model, session: Sync, /, **values: object) -> None: ...
    def change(
        self, who: Principal, found: Model, session: "Either", /, **values: object
    ) -> Coroutine[Any, Any, None] | None:
        """Write values where `who` still sees the object: `UPDATE ... WHERE key AND visible`. The caller commits.

        Raises `Refused`, the 404 of a missing one, where no row was written, and `TypeError` for what says whose it is.
        """
        sight = self._rule.sight_of(who)

        def work(sync: Sync) -> None:
            change_by(sync, self._rule, sight, found, values)
            self._tell_of_write(who, sight.lifted, found)

        return run_in(session, work)

    @overload
    def remove(self, who: Principal, found: Model, session: "Async") -> Coroutine[Any, Any, None]: ...
    @overload
    def remove(self, who: Principal, found: Model, session: Sync) -> None: ...
    def remove(self, who: Principal, found: Model, session: "Either") -> Coroutine[Any, Any, None] | None:
        """Delete the object where `who` still sees it: `DELETE ... WHERE key AND visible`. The caller commits.

        Raises `Refused`, the 404 of a missing one, where no row was there.
        """
        sight = self._rule.sight_of(who)

        def work(sync: Sync) -> None:
            remove_by(sync, self._rule, sight, found)
            self._tell_of_write(who, sight.lifted, found)

        return run_in(session, work)

    def _tell_of_write(self, who: Principal, lifted: bool, found: Model) -> None:
        """Of every write that a permission allowed: what is in memory may no longer say whose it was."""
        if lifted:
            self._ownership.tell(who, _told(found))


def _told(found: object) -> str:
    return ", ".join(map(str, identity_of(found)))


def _check_param(param: object) -> None:
    if param is not None and not (isinstance(param, str) and param.isidentifier()):
        raise ConfigurationError(f"param={param!r}: write the name of a path parameter, as in param='note_id'.")
