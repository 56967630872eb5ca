"""Files that strangers send, taken by what is in them (ASVS 5.2.1, 5.2.2, 5.2.6, 5.3.2).

    picture: Annotated[Uploaded, Upload(kinds={"png", "jpeg"}, max_size="2 MB")]

Before the endpoint runs:
1. Not empty and not too large, by counting.
2. Its content is of one of the kinds that were named (`content.py`), also in pixels and members.
3. The ending of its name, and the content type that was declared, agree with that.
What does not fit is 422, with the place of the parameter and without a word of the file.

What the endpoint gets no longer says what the stranger said: `content_type` is that of the content,
`filename` is fit to be shown and offered again, and `stored_name` is one of ours to keep it under.

Caveat: Starlette has received the whole file by then, on disk from 1 MB on; how much may be received
at all is the limit of the route's body.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, final

from fastapi import UploadFile
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter, ValidationError
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema as core
from starlette.datastructures import Headers
from starlette.datastructures import UploadFile as StarletteUploadFile

from buckler.errors import ConfigurationError
from buckler.input.archives import Archive, ArchiveLimits, examine_zip
from buckler.input.byte_counts import byte_count
from buckler.input.content import KINDS, Allowance, Kind, size_of
from buckler.input.file_names import FileName
from buckler.input.file_refusals import FileRefused
from buckler.input.file_store import FileStore
from buckler.randomness import identifier

PIXELS: Final = 25_000_000
"""A picture of a telephone. Four bytes each once it is decoded."""
_NO_CLAIM: Final = ("", "application/octet-stream")
_NOT_A_NAME: Final = re.compile(
    r'[\x00-\x1f\x7f-\x9f:*?"<>|\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]'
)
_LONGEST_NAME: Final = 100
_FILE_NAME: Final[TypeAdapter[str]] = TypeAdapter(FileName)


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
        object.__setattr__(self, "max_bytes", byte_count(max_size))
        object.__setattr__(self, "allowance", Allowance(pixels, archive or ArchiveLimits()))

    def judge(self, upload: StarletteUploadFile) -> Uploaded:
        """The file as it may be used. Raises `FileRefused`."""
        file = upload.file
        size = size_of(file)
        if not 0 < size <= self.max_bytes:
            raise FileRefused("upload_too_large" if size else "upload_empty")
        kind = self._kind_of(file, size, PurePosixPath(upload.filename or "").suffix.lower())
        media_type = (upload.content_type or "").partition(";")[0].strip().lower()
        if media_type not in (*_NO_CLAIM, *kind.media_types):
            raise FileRefused("upload_media_type")
        file.seek(0)
        return Uploaded(file, size, kind, _shown(upload.filename or "", kind), self.allowance.archive)

    def _kind_of(self, file: BinaryIO, size: int, extension: str) -> Kind:
        """The kind that the extension promises, if it is what the content is."""
        promised = [kind for kind in self.kinds if extension in kind.extensions]
        if promised:
            promised[0].judge(file, size, self.allowance)
            return promised[0]
        if any(_is(kind, file, size, self.allowance) for kind in self.kinds):
            raise FileRefused("upload_extension")
        raise FileRefused("upload_kind")

    def _read(self, value: object) -> Uploaded:
        if not isinstance(value, StarletteUploadFile):
            raise FileRefused("upload_missing").as_fault()
        try:
            return self.judge(value)
        except FileRefused as refused:
            raise refused.as_fault() from None

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core.CoreSchema:
        return core.no_info_plain_validator_function(self._read)

    def __get_pydantic_json_schema__(self, schema: core.CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
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
    if not given or set(given) - KINDS.keys():
        raise ConfigurationError(f"Upload: kinds={given}: name one or more of {', '.join(KINDS)}.")
    return tuple(KINDS[name] for name in given)


def _is(kind: Kind, file: BinaryIO, size: int, allowance: Allowance) -> bool:
    try:
        kind.judge(file, size, allowance)
    except FileRefused:
        return False
    return True


def _shown(name: str, kind: Kind) -> str:
    """The last part of the name a stranger gave, where it is fit to be shown; else a plain one."""
    stem = _NOT_A_NAME.sub("", re.split(r"[/\\]", name)[-1]).rpartition(".")[0]
    stem = stem[:_LONGEST_NAME].strip(" .-")
    try:
        return _FILE_NAME.validate_python(stem + kind.extensions[0])
    except ValidationError:
        return "file" + kind.extensions[0]
