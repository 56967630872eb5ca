"""What `session=` was given, judged without SQLAlchemy: `Buckler(app, session=...)` may stand where it is missing."""

from inspect import isclass
from typing import Annotated, get_args, get_origin

from fastapi.params import Depends

from buckler.errors import ConfigurationError

_EXAMPLE = (
    "Write the dependency with which your endpoints get theirs: session=get_session, or the alias"
    " Annotated[Session, Depends(get_session)]."
)


def check_session(session: object) -> None:
    """Raise `ConfigurationError` for what is no dependency that hands over a session."""
    if session is None:
        return
    if get_origin(session) is Annotated:
        found = [each for each in get_args(session)[1:] if isinstance(each, Depends)]
        if len(found) != 1 or not callable(found[0].dependency):
            raise ConfigurationError(f"session={session!r}: there is not one Depends(...) in it. {_EXAMPLE}")
        return
    given = session.dependency if isinstance(session, Depends) else session
    if not callable(given) or isclass(given) or type(given).__module__.startswith("sqlalchemy"):
        # A sessionmaker is callable too: nobody would close what it makes.
        raise ConfigurationError(f"session={session!r}: this is no dependency that opens and closes one. {_EXAMPLE}")
