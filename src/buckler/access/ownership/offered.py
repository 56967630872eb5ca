"""What `buckler.Owned` is: the class itself, or where SQLAlchemy is not installed one that says so when it is used."""

from typing import NoReturn

from buckler.errors import ConfigurationError


class _Unavailable:
    """Stands for `Owned`, so that importing the name is never what fails."""

    def __init__(self, *_: object, **__: object) -> None:
        _say()

    def __class_getitem__(cls, _: object) -> NoReturn:
        _say()


def owned_class() -> type:
    """The class to hand out."""
    try:
        from buckler.access.ownership.owned import Owned
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "sqlalchemy":
            raise
        return _Unavailable
    return Owned


def _say() -> NoReturn:
    raise ConfigurationError("Owned needs SQLAlchemy, which is not installed: pip install 'buckler[accounts]'.")
