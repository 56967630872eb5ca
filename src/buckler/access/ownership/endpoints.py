"""What an endpoint says of the object that it gets: `note: Annotated[Comment, notes]` would be handed a note.

Nothing converts between models, so the endpoint would read fields of another one, or fail on its first request.
"""

from collections.abc import Iterable, Iterator
from typing import Any, get_type_hints

from fastapi.dependencies.models import Dependant

from buckler.access.declarations.declaration import ObjectDeclaration
from buckler.access.declarations.sources import source_of
from buckler.access.doors.door import Door


def unlike(door: Door, objects: Iterable[ObjectDeclaration]) -> tuple[str, str] | None:
    """What a parameter takes for another model than its `Owned` is about, and what to write instead."""
    handed = list(_handed(door.dependant)) if door.dependant is not None else []
    for each in objects:
        for call, name in ((call, name) for found, call, name in handed if found is each):
            said = _annotation(call, name)
            if said is not None and not _takes(said, each.model):
                what = f"{source_of(call)}: {name}: Annotated[{said.__name__}, ...] is handed a {each.model_name}"
                remedy = f"Write {name}: Annotated[{each.model_name}, ...], or an Owned({said.__name__}, ...)."
                return f"{what} ({each.where}: {each}).", remedy
    return None


def _handed(dependant: Dependant) -> Iterator[tuple[object, object, str]]:
    """Each dependency with the function whose parameter it is."""
    for inner in dependant.dependencies:
        if inner.name is not None:
            yield inner.call, dependant.call, inner.name
        yield from _handed(inner)


def _annotation(call: object, name: str) -> type | None:
    """The class that a parameter is annotated with; None where it is none, or cannot be told."""
    # Of a class it is the constructor that is called; its own annotations are of something else.
    known: Any = getattr(call, "__init__", None) if isinstance(call, type) else call
    try:
        found = get_type_hints(known).get(name)
    except Exception:  # noqa: BLE001 - whatever an annotation does when it is evaluated, FastAPI has said it already
        return None
    return found if isinstance(found, type) and found is not Any else None


def _takes(said: type, model: type) -> bool:
    try:
        return issubclass(model, said)
    except TypeError:  # a protocol that cannot be asked
        return True
