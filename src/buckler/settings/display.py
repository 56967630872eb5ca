"""Settings as a person or an auditor reads them: a text each, secrets as stars."""

import ast
import inspect
import re
from typing import TYPE_CHECKING, Final, cast

from pydantic import SecretStr

from buckler.redact import STARS

if TYPE_CHECKING:
    from buckler.settings.tree import Settings

_PLACES: Final = frozenset(("mail", "origin", "hosts", "redirect_origins"))
"""Settings that name a host: what stands before it may be a password that nobody has judged yet."""
_USER: Final = re.compile(r"(?s)^((?:[a-z][a-z0-9+.-]*:)?(?://)?).*@")


def text_of(value: object) -> str:
    """A value as the environment would have it; a secret as stars, none as nothing."""
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return STARS
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def in_force(settings: "Settings") -> dict[str, str]:
    """Every setting by its name, with what its default means here where it depends on the environment."""
    meant = {"registration": settings.registers, "password_form": settings.takes_password_form}
    return {name: _shown(name, meant.get(name, getattr(settings, name))) for name in type(settings).model_fields}


def _shown(name: str, value: object) -> str:
    text = text_of(value)
    return _USER.sub(rf"\1{STARS}@", text) if name in _PLACES else text


def default_of(settings: "type[Settings]", name: str) -> str:
    """The default of one setting, as it is written."""
    return text_of(settings.model_fields[name].default)


def meanings(settings: "type[Settings]") -> dict[str, str]:
    """What each setting means: the text that stands under it in the source."""
    found: dict[str, str] = {}
    name = ""
    for node in cast("ast.ClassDef", ast.parse(inspect.getsource(settings)).body[0]).body:
        match node:
            case ast.AnnAssign(target=ast.Name(id=name)):
                pass
            case ast.Expr(value=ast.Constant(value=str(text))) if name:
                found[name] = " ".join(text.split())
            case _:
                name = ""
    return {name: text for name, text in found.items() if name in settings.model_fields}
