"""Files that strangers send, taken by what is in them (ASVS 5.2.1, 5.2.2, 5.2.6, 5.3.2).

    picture: Annotated[Uploaded, Upload(kinds={"png", "jpeg"}, max_size="2 MB")]

Before the endpoint runs:
1. Not empty and not too large, by counting.
2. Its content is of one of the kinds that were named (`file_kinds.py`), also in pixels and members.
3. The ending of its name, and the content type that was declared, agree with that. A name without an
   ending (`blob`, as scripts in browsers send it) promises nothing, and is taken for what the content is.
What does not fit is 422, with the place of the parameter and without a word of the file.

Several are `Annotated[list[Uploaded], Upload(...)]`, one that may be missing is
`Annotated[Uploaded | None, Upload(...)] = None`.

What the endpoint gets no longer says what the stranger said: `content_type` is that of the content,
`filename` is fit to be shown and offered again, and `stored_name` is one of ours to keep it under.

Caveat: Starlette has received the whole file by then, on disk from 1 MB on; how much may be received
at all is the limit of the route's body.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from types import NoneType, UnionType
from typing import Any, BinaryIO, Final, NoReturn, Union, cast, final, get_args, get_origin

from fastapi import UploadFile
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter, ValidationError
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema as core
from starlette.datastructures import Headers
from starlette.datastructures import UploadFile as StarletteUploadFile

from buckler.errors import ConfigurationError
from buckler.input.archives import Archive, ArchiveLimits, examine_zip
from buckler.input.byte_counts import bytes_in
from buckler.input.faults import listed
from buckler.input.file_kinds import KINDS, Allowance, Kind, size_of
from buckler.input.file_names import FileName
from buckler.input.file_refusals import FileRefused
from buckler.input.file_store import FileStore
from buckler.randomness import identifier

PIXELS: Final = 25_000_000
"""A picture of a telephone. Four bytes each once it is decoded."""
MOST_FILES: Final = 1000
"""In one list: the parts that a form may have."""
_NO_CLAIM: Final = ("", "application/octet-stream")
_NOT_A_NAME: Final = re.compile(
    r'[\x00-\x1f\x7f-\x9f:*?"<>|\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]'
)
_LONGEST_NAME: Final = 100
_FILE_NAME: Final[TypeAdapter[str]] = TypeAdapter(FileName)


SPELLINGS: Final = (
    "write Annotated[Uploaded, Upload(...)] for one file, Annotated[list[Uploaded], Upload(...)] for several, and"
    " Annotated[Uploaded | None, Upload(...)] = None for one that may be missing"
)


@final
class Uploaded(UploadFile):
    """A file that was judged: what a parameter of `Annotated[Uploaded, Upload(...)]` holds."""

    def __init__(self, file: BinaryIO, size: int, kind: Kind, shown: str, archive: ArchiveLimits) -> None:
        super().__init__(file, size=size, filename=shown, headers=Headers({"content-type": kind.media_types[0]}))
        self.kind = kind.name
        self.stored_name = identifier() + kind.extensions[0]
        self._archive_limits = archive

    async def store(self, store: FileStore) -> Path:
        """Keep the file in `store` under `stored_name`."""
        return await store.keep(self.file, self.stored_name)

    def archive(self) -> Archive:
        """What is in an upload of the kind `zip`."""
        return examine_zip(self.file, self._archive_limits)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> core.CoreSchema:
        """Fail closed: nothing says which files the parameter takes."""
        raise ConfigurationError(
            "Uploaded without Upload: write Annotated[Uploaded, Upload(kinds={'png'}, max_size='2 MB')],"
            " so that it is said which files are taken."
        )


@final
@dataclass(frozen=True, slots=True, init=False)
class Upload:
    """Which files a parameter takes. Raises `ConfigurationError` for kinds and sizes that cannot be."""

    kinds: tuple[Kind, ...]
    max_bytes: int
    allowance: Allowance

    def __init__(
        self,
        *,
        kinds: Iterable[str],
        max_size: int | str,
        pixels: int = PIXELS,
        archive: ArchiveLimits | None = None,
    ) -> None:
        if pixels < 1:
            raise ConfigurationError(f"Upload: pixels={pixels}: no picture has less than one.")
        object.__setattr__(self, "kinds", _named(kinds))
        object.__setattr__(self, "max_bytes", bytes_in(max_size))
        object.__setattr__(self, "allowance", Allowance(pixels, archive or ArchiveLimits()))

    def judge(self, upload: StarletteUploadFile) -> Uploaded:
        """The file as it may be used. Raises `FileRefused`."""
        file = upload.file
        size = size_of(file)
        if not size:
            raise FileRefused("upload_empty")
        if size > self.max_bytes:
            raise FileRefused("upload_too_large", f"The file has more than {self.max_bytes:,} bytes")
        media_type = (upload.content_type or "").partition(";")[0].strip().lower()
        kind = self._kind_of(file, size, PurePosixPath(upload.filename or "").suffix.lower(), media_type)
        if media_type not in (*_NO_CLAIM, *kind.media_types):
            raise FileRefused("upload_media_type")
        file.seek(0)
        return Uploaded(file, size, kind, _shown(upload.filename or "", kind), self.allowance.archive)

    def _kind_of(self, file: BinaryIO, size: int, extension: str, media_type: str) -> Kind:
        """The kind that the extension promises, if it is what the content is; without one, that of the content."""
        promised = [kind for kind in self.kinds if extension in kind.extensions]
        if not promised and len(self.kinds) == 1 and not extension:
            promised = [*self.kinds]
        if promised:
            self._judge(promised[0], file, size)
            return promised[0]
        claimed_first = sorted(self.kinds, key=lambda kind: media_type not in kind.media_types)
        found = next((kind for kind in claimed_first if _is(kind, file, size, self.allowance)), None)
        if found is None:
            self._refuse_kind()
        if extension:
            raise FileRefused("upload_extension")
        return found

    def _judge(self, kind: Kind, file: BinaryIO, size: int) -> None:
        try:
            kind.judge(file, size, self.allowance)
        except FileRefused as refused:
            if refused.kind == "upload_kind":
                self._refuse_kind()
            raise

    def _refuse_kind(self) -> NoReturn:
        taken = listed(kind.name for kind in self.kinds)
        raise FileRefused("upload_kind", f"The file is of no kind that is taken here: send {taken}") from None

    def _read(self, value: object) -> Uploaded:
        if not isinstance(value, StarletteUploadFile):
            raise FileRefused("upload_missing").as_fault()
        try:
            return self.judge(value)
        except FileRefused as refused:
            raise refused.as_fault() from None

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core.CoreSchema:
        return self._schema(source)

    def _schema(self, source: object) -> core.CoreSchema:
        inside = cast("tuple[object, ...]", get_args(source))
        if isinstance(source, type) and issubclass(source, StarletteUploadFile):
            return core.no_info_plain_validator_function(self._read)
        if get_origin(source) is list and len(inside) == 1:
            return core.list_schema(self._schema(inside[0]), max_length=MOST_FILES)
        if get_origin(source) in (Union, UnionType) and len(inside) == 2 and NoneType in inside:
            return core.nullable_schema(self._schema(inside[inside[0] is NoneType]))
        raise ConfigurationError(f"Upload beside {source!r}: {SPELLINGS}.")

    def __get_pydantic_json_schema__(self, schema: core.CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return self._shown(schema)

    def _shown(self, schema: Mapping[str, Any]) -> JsonSchemaValue:
        if schema["type"] == "list":
            items = self._shown(schema["items_schema"])
            bounds = {f"{end}Items": schema[f"{end}_length"] for end in ("min", "max") if f"{end}_length" in schema}
            return {"type": "array", "items": items, **bounds}
        if schema["type"] == "nullable":
            return {"anyOf": [self._shown(schema["schema"]), {"type": "null"}]}
        taken = ", ".join(kind.name for kind in self.kinds)
        told = f"A file of the kind {taken}; at most {self.max_bytes:,} bytes."
        media_type = "application/octet-stream"
        return {"type": "string", "contentMediaType": media_type, "maxLength": self.max_bytes, "description": told}


def _named(kinds: Iterable[str]) -> tuple[Kind, ...]:
    given = sorted({kinds} if isinstance(kinds, str) else set(kinds))
    if "svg" in given:
        raise ConfigurationError(
            "Upload: kinds has 'svg', which is a document that can run script in the name of your site;"
            " take 'png' or 'webp', or let somebody you trust draw it."
        )
    unknown = [name for name in given if name not in KINDS]
    if not given or unknown:
        meant = {each: None for name in unknown for each in _meant(name)}
        question = f" Did you mean {listed(map(repr, meant))}?" if meant else ""
        raise ConfigurationError(f"Upload: kinds={given}: name one or more of {', '.join(KINDS)}.{question}")
    return tuple(KINDS[name] for name in given)


def _meant(name: str) -> list[str]:
    """The kinds that somebody named by an ending, a media type or nearly."""
    written = name.lower().strip()
    told = [
        kind.name
        for kind in KINDS.values()
        if written in kind.media_types[:1] or f".{written.lstrip('.')}" in kind.extensions
    ]
    return told or get_close_matches(written, KINDS, n=1)


def _is(kind: Kind, file: BinaryIO, size: int, allowance: Allowance) -> bool:
    try:
        kind.judge(file, size, allowance)
    except FileRefused:
        return False
    return True


def _shown(name: str, kind: Kind) -> str:
    """The last part of the name a stranger gave, where it is fit to be shown; else a plain one."""
    last = _NOT_A_NAME.sub("", re.split(r"[/\\]", name)[-1])
    stem = last.rpartition(".")[0] if "." in last else last
    stem = stem[:_LONGEST_NAME].strip(" .-")
    try:
        return _FILE_NAME.validate_python(stem + kind.extensions[0])
    except ValidationError:
        return "file" + kind.extensions[0]
