"""Parameters that can never hold what they say, found before the app starts (ASVS 2.2.1, 5.2.1).

- `Upload(max_size=...)` on a route whose body may not be that large: such a file would be 413 before it is judged.
- A `StrictModel` for a query, a form, headers or cookies: values arrive there as text, and `"1"` is no number to it.
- `list[Annotated[Uploaded, ...]]` or such a union without `File()`: FastAPI sees no file in it, and reads JSON.
- `PageQuery` without `Depends`: FastAPI takes it for a body, and a list would want one.
- A file with bounds for texts (`File(max_length=...)`): nothing measures a file so, and the answer would be 500.
- `FilePath` and its like, which look at the disk for what a stranger names, and `ImportString`, which runs it (CWE-22,
  CWE-470).
- A type whose work doubles with each level of what is sent (`input/doubled_work.py`): 2 kB would hold a worker.

Those of dependencies are the route's too. Caveat: a body is larger than the files in it, and who takes several
at once must leave room for all of them; refused here is what can never pass.
"""

from collections.abc import Collection, Iterator
from itertools import chain
from typing import Any, Final, cast, get_args, get_origin

from annotated_types import BaseMetadata
from fastapi.dependencies.models import Dependant
from fastapi.params import File, Form
from pydantic import DirectoryPath, FilePath, ImportString, Json, NewPath, SocketPath, TypeAdapter
from starlette.datastructures import UploadFile

from buckler.access.doors.bounded_fields import adapter_of, fields_of
from buckler.access.doors.door import Door
from buckler.input.bounded_validator import schemas_in
from buckler.input.doubled_work import find_doubling
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


def _functions_in(schema: Any) -> Iterator[object]:
    for each in schemas_in(schema):
        if (function := each.get("function")) is not None:
            yield function["function"]


_EXPOSING: Final = tuple(
    chain.from_iterable(
        _functions_in(TypeAdapter[Any](kind).core_schema)
        for kind in (FilePath, DirectoryPath, NewPath, SocketPath, ImportString)
    )
)
"""What reads these types: each has a function of its own."""
_DOUBLES: Final = "takes twice the work for each level of what is sent:"
_DIVIDE: Final = (
    "Give that union a discriminator: Annotated[A | B, Field(discriminator='kind')], where kind is a Literal of each;"
    " or pydantic's Discriminator(function) with a Tag for each, which changes nothing of what is sent."
)


def misfit_of(door: Door, max_body: int) -> Misfit | None:
    """The first parameter of a route that cannot be as it is, where a body has at most `max_body` bytes."""
    dependant = door.dependant
    if dependant is None:
        return None
    return _misfitting(dependant, max_body) or next(filter(None, map(_reckless, fields_of(dependant))), None)


def _misfitting(dependant: Dependant, max_body: int) -> Misfit | None:
    for each in _all_of(dependant):
        texts = chain(each.query_params, each.header_params, each.cookie_params)
        forms = (field for field in each.body_params if isinstance(field.field_info, Form))
        found = [_unread(field) for field in chain(texts, forms)]
        found += [
            _unfiled(field) or _unmeasured(field) or _unreceived(field, max_body) or _unpaged(field)
            for field in each.body_params
        ]
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


def _reckless(field: Any) -> Misfit | None:
    """What is wrong with all that the parameter holds, in whichever depth."""
    adapter = adapter_of(field)
    schema: Any = adapter.core_schema if adapter is not None else {}
    if any(function is each for function in _functions_in(schema) for each in _EXPOSING):
        return (
            f"{field.name} looks at the disk for a path that a stranger names, or imports what the stranger names.",
            "Take a FileName, and look for it in a directory of your own; or a Literal of what there is.",
        )
    doubling = find_doubling(schema)
    return None if doubling is None else (f"{field.name} {_DOUBLES} {doubling}, and both lead there again.", _DIVIDE)


def _unfiled(field: Any) -> Misfit | None:
    if Uploaded not in _parts(field.field_info.annotation) or isinstance(field.field_info, File):
        return None
    return (
        f"{field.name} is made of uploads in a way that FastAPI takes for JSON, so no file would ever arrive.",
        f"{SPELLINGS[0].upper()}{SPELLINGS[1:]}; or put File() into the outer Annotated.",
    )


def _unmeasured(field: Any) -> Misfit | None:
    parts = _parts(field.field_info.annotation)
    bounds = [each for each in field.field_info.metadata if isinstance(each, BaseMetadata)]
    is_alone = not any(isinstance(kind := get_origin(part), type) and issubclass(kind, Collection) for part in parts)
    is_file = any(isinstance(part, type) and issubclass(part, UploadFile) for part in parts)
    if not (bounds and is_file and is_alone):
        return None
    return (
        f"{field.name} is a file with {bounds[0]}: that is for texts and numbers, and no file can be held to it.",
        "Write Annotated[Uploaded, Upload(kinds={...}, max_size=...)], and leave that bound away.",
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
