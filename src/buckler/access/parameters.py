"""Parameters that can never hold what they say, found before the app starts (ASVS 2.2.1, 5.2.1).

- `Upload(max_size=...)` on a route whose body may not be that large: such a file would be 413 before it is judged.
- A `StrictModel` for a query, a form, headers or cookies: values arrive there as text, and `"1"` is no number to it.
- `list[Annotated[Uploaded, ...]]` or such a union without `File()`: FastAPI sees no file in it, and reads JSON.
- `PageQuery` without `Depends`: FastAPI takes it for a body, and a list would want one.

Those of dependencies are the route's too. Caveat: a body is larger than the files in it, and who takes several
at once must leave room for all of them; refused here is what can never pass.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Any, Final, cast, get_args

from fastapi.dependencies.models import Dependant
from fastapi.params import File, Form
from pydantic.types import Json

from buckler.access.fastapi_tree import Door
from buckler.input.models import StrictModel
from buckler.input.query import PageQuery
from buckler.input.uploads import SPELLINGS, Upload, Uploaded

Misfit = tuple[str, str]
"""What cannot be, and what to write instead."""

_JSON: Final[object] = Json
"""Marks a text that is read as JSON, where numbers are numbers again."""
_MEGABYTE: Final = 10**6
_AROUND_A_FILE: Final = 2**16
"""Bytes: what a form may have beside the file."""


def misfit_of(door: Door, max_body: int) -> Misfit | None:
    """The first parameter of a route that cannot be as it is, where a body has at most `max_body` bytes."""
    dependant = getattr(door.context or door.route, "dependant", None)
    for each in _all_of(dependant) if isinstance(dependant, Dependant) else ():
        texts = chain(each.query_params, each.header_params, each.cookie_params)
        forms = (field for field in each.body_params if isinstance(field.field_info, Form))
        found = [_unread(field) for field in chain(texts, forms)]
        found += [_unfiled(field) or _unreceived(field, max_body) or _unpaged(field) for field in each.body_params]
        for misfit in filter(None, found):
            return misfit
    return None


def _all_of(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for inner in dependant.dependencies:
        yield from _all_of(inner)


def _unread(field: Any) -> Misfit | None:
    parts = (*field.field_info.metadata, *_parts(field.field_info.annotation))
    if any(_JSON in (part, type(part)) for part in parts):
        return None
    for kind in parts:
        if isinstance(kind, type) and issubclass(kind, StrictModel) and kind.model_config.get("strict") is not False:
            return (
                f"{field.name} is the StrictModel {kind.__name__}, but all that arrives here is text.",
                f"Derive {kind.__name__} from FormModel, which is for queries and forms.",
            )
    return None


def _unreceived(field: Any, max_body: int) -> Misfit | None:
    for part in (*field.field_info.metadata, *_parts(field.field_info.annotation)):
        if isinstance(part, Upload) and part.max_bytes >= max_body:
            needed = (part.max_bytes + _AROUND_A_FILE) // _MEGABYTE + 1
            return (
                f"{field.name} takes files of {part.max_bytes:,} bytes, but its body has at most {max_body:,}.",
                f'Declare Accepts(max_body="{needed} MB"), or give the Upload a smaller max_size.',
            )
    return None


def _unfiled(field: Any) -> Misfit | None:
    if Uploaded not in _parts(field.field_info.annotation) or isinstance(field.field_info, File):
        return None
    return (
        f"{field.name} is made of uploads in a way that FastAPI takes for JSON, so no file would ever arrive.",
        f"{SPELLINGS[0].upper()}{SPELLINGS[1:]}; or put File() into the outer Annotated.",
    )


def _unpaged(field: Any) -> Misfit | None:
    if PageQuery not in _parts(field.field_info.annotation):
        return None
    return (
        f"{field.name} is a PageQuery that nothing makes, so it would be read from a body.",
        f"Write {field.name}: Annotated[PageQuery, Depends(Pages(...))].",
    )


def _parts(annotation: object) -> list[object]:
    """A type and everything inside it: of a union, a list, an `Annotated`."""
    inside = cast("tuple[object, ...]", get_args(annotation))
    return [annotation, *chain.from_iterable(map(_parts, inside))]
