"""Which variable of the environment a field of pydantic's settings is read from: its prefix stands in the class alone.

What fails says the field and the title of the class. The class itself is in the frames that it failed in.
"""

from collections.abc import Iterator
from traceback import walk_tb

from pydantic import BaseModel, ValidationError


def settings_in(failure: BaseException | None) -> type[BaseModel] | None:
    """The class whose fields were missed; None where what failed does not tell it, or is another kind of failure."""
    while failure is not None:
        if isinstance(failure, ValidationError):
            title = failure.title
            return next((each for each in _models_in(failure) if _title_of(each) == title), None)
        failure = failure.__cause__ or failure.__context__
    return None


def variable_of(field: str, settings: type[BaseModel] | None) -> str:
    """Its name, with the prefix where it has one. A field that is called otherwise outside stands under that name."""
    own = None if settings is None else settings.model_fields.get(field)
    if settings is None or own is None:
        return field.upper()
    prefix = str(settings.model_config.get("env_prefix") or "") if own.validation_alias is None else ""
    return f"{prefix}{field}" if settings.model_config.get("case_sensitive") else f"{prefix}{field}".upper()


def _models_in(failure: BaseException) -> Iterator[type[BaseModel]]:
    for frame, _ in walk_tb(failure.__traceback__):
        for value in list(frame.f_locals.values()):
            kind = value if isinstance(value, type) else type(value)
            if issubclass(kind, BaseModel):
                yield kind


def _title_of(settings: type[BaseModel]) -> str:
    return settings.model_config.get("title") or settings.__name__
