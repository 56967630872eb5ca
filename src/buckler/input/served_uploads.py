"""Files of strangers on their way out, each as what it is (ASVS 1.3.4, 3.2.1, 5.4.1, 5.4.2, 13.4.3, 13.4.7).

    app.mount("/files", guarded(ServedUploads("uploads"), Requires()))

or, where each file has an owner, `return uploads.response(row.stored_name, offered_as=row.filename)` from a route.

1. Only plain files of the folder itself leave, and only those whose ending is that of a kind (`file_kinds.py`): no
   page, no drawing, no script, no database; no link, no folder, no name that begins with a dot.
2. The content type is that of the kind, never a guess, and `nosniff` holds the browser to it.
3. Shown in the browser (`inline`) are the kinds that were named, of those that run nothing. Each is judged by its
   content before it is shown for the first time: what is none of its kind leaves as bytes to keep.
4. Everything else is offered to be kept, under a name that ends as its kind does (RFC 6266, RFC 8187).
5. Opened as a page, a file is in a sandbox, loads nothing and is framed by nobody.
6. One range of bytes at most (`byte_ranges.py`). A client that has the file is told so by its `ETag`.

Caveat: who may have a file is the route's to say. A mount has one rule for all of its files.
"""

import hashlib
import os
import re
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import BinaryIO, Final, final

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from buckler.errors import ConfigurationError
from buckler.input.archives import ArchiveLimits
from buckler.input.byte_ranges import RangeUnmet, is_known, range_of
from buckler.input.faults import listed
from buckler.input.file_kinds import KINDS, Allowance, Kind
from buckler.input.file_names import content_disposition
from buckler.input.file_refusals import FileRefused
from buckler.input.file_store import FileStore

PICTURES: Final = ("gif", "jpeg", "png", "webp")
"""What is shown without more."""
INERT: Final = (*PICTURES, "mp4", "txt")
"""What may be shown. Not `pdf`, whose readers run script; not `csv` and `json`, which nobody reads in a browser."""
POLICY: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"
_PIECE: Final = 64 * 1024
_NAME: Final = re.compile(r"[^.\x00-\x1f\x7f/\\][^\x00-\x1f\x7f/\\]{0,254}")
_ENDINGS: Final = {ending: kind for kind in KINDS.values() for ending in kind.extensions}
_ANY_SIZE: Final = Allowance(pixels=1 << 62, archive=ArchiveLimits())
"""How large a picture may be was judged when it came; here the question is what it is."""
_MOST_JUDGED: Final = 4096
_BYTES: Final = "application/octet-stream"
_TEXT: Final = "text/plain; charset=utf-8"


@final
class ServedUploads:
    """Hands out the files of one folder, `FileStore` or the path of one. Raises `ConfigurationError`.

    `inline` names the kinds that a browser shows, pictures unless said otherwise; the rest is offered to be kept.
    """

    def __init__(self, store: FileStore | Path | str, *, inline: Iterable[str] = PICTURES) -> None:
        self.store = store if isinstance(store, FileStore) else FileStore(store)
        self._shown = _shown(inline)
        self._judged = _Judged()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Mounted: the rest of the path is the name of a file. What is none is 404, and another method 405."""
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        name = str(scope["path"]).removeprefix(scope.get("root_path", "")).removeprefix("/")
        await self.response(name)(scope, receive, send)

    def response(self, name: str, *, offered_as: str | None = None) -> Response:
        """The answer of a route that gives away the file kept under `name`; 404 where there is none.

        `offered_as` is the name under which a person keeps it, such as `Uploaded.filename`; without it, `name`.
        """
        return _Answer(self._open, name, offered_as or name)

    def _open(self, name: str) -> "_Opened":
        """The file, in this thread, and how it leaves. Raises `FileNotFoundError` for what is not handed out."""
        kind = _ENDINGS.get(PurePosixPath(name).suffix.lower())
        if kind is None or not _NAME.fullmatch(name):
            raise FileNotFoundError(name)
        file = self.store.read(name)
        try:
            found = os.fstat(file.fileno())
            is_shown = kind.name in self._shown and self._judged.holds(kind, file, found)
        except BaseException:
            file.close()
            raise
        return _Opened(file, found.st_size, _etag(found), kind, is_shown, kind.name in self._shown and not is_shown)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A file that may leave."""

    file: BinaryIO
    size: int
    etag: str
    kind: Kind
    is_shown: bool
    is_another: bool
    """Whether it is not what its ending says."""

    def headers(self, offered_as: str) -> dict[str, str]:
        media_type = _BYTES if self.is_another else self.kind.media_types[0]
        ends_rightly = PurePosixPath(offered_as).suffix.lower() in self.kind.extensions
        offered = offered_as if ends_rightly else offered_as + self.kind.extensions[0]
        return {
            "content-type": _TEXT if media_type == "text/plain" else media_type,
            "content-disposition": content_disposition(offered, inline=self.is_shown),
            "content-security-policy": POLICY,
            "x-content-type-options": "nosniff",
            "accept-ranges": "bytes",
            "etag": self.etag,
        }


class _Answer(Response):
    """One file. What it says is known when it is sent: a response that is thrown away has nothing open."""

    def __init__(self, take: Callable[[str], _Opened], name: str, offered_as: str) -> None:
        super().__init__()
        self._open, self._name, self._offered_as = take, name, offered_as

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open it, and send what was asked for. Raises `HTTPException` 404."""
        try:
            opened = await anyio.to_thread.run_sync(self._open, self._name)
        except (OSError, ValueError):
            # Fail closed, and in the same words: no link, folder or foreign file is told from one that is not there.
            raise HTTPException(404) from None
        try:
            answer = _answer_of(opened, opened.headers(self._offered_as), Headers(scope=scope), scope["method"])
            self._add_own(answer)
            await answer(scope, receive, send)
        finally:
            opened.file.close()
        if self.background is not None:
            await self.background()

    def _add_own(self, answer: Response) -> None:
        """What the route says beside, or in place of ours: how long it may be kept, for one."""
        own = [pair for pair in self.raw_headers if pair[0] != b"content-length"]
        names = {name for name, _ in own}
        answer.raw_headers = [*(pair for pair in answer.raw_headers if pair[0] not in names), *own]


def _answer_of(opened: _Opened, headers: dict[str, str], asked: Headers, method: str) -> Response:
    if is_known(asked.get("if-none-match"), opened.etag):
        kept = {name: value for name, value in headers.items() if name not in ("content-type", "content-disposition")}
        return Response(status_code=304, headers=kept)
    try:
        part = range_of(asked.get("range"), asked.get("if-range"), opened.etag, opened.size)
    except RangeUnmet:
        raise HTTPException(416, headers={"Content-Range": f"bytes */{opened.size}"}) from None
    status, span = (200, range(opened.size)) if part is None else (206, part)
    headers["content-length"] = str(len(span))
    if part is not None:
        headers["content-range"] = f"bytes {part.start}-{part.stop - 1}/{opened.size}"
    if method == "HEAD":
        return Response(status_code=status, headers=headers)
    return StreamingResponse(_pieces(opened.file, span), status, headers)


async def _pieces(file: BinaryIO, span: range) -> AsyncGenerator[bytes]:
    await anyio.to_thread.run_sync(file.seek, span.start)
    left = len(span)
    while left and (piece := await anyio.to_thread.run_sync(file.read, min(_PIECE, left))):
        left -= len(piece)
        yield piece


class _Judged:
    """What was found to be of its kind, and what not: each file is read through once, not at every request."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], bool] = {}
        self._lock = Lock()

    def holds(self, kind: Kind, file: BinaryIO, found: os.stat_result) -> bool:
        key = (kind.name, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        with self._lock:
            known = self._known.get(key)
        if known is None:
            known = _is(kind, file, found.st_size)
            with self._lock:
                self._known[key] = known
                if len(self._known) > _MOST_JUDGED:
                    del self._known[next(iter(self._known))]
        return known


def _is(kind: Kind, file: BinaryIO, size: int) -> bool:
    try:
        kind.judge(file, size, _ANY_SIZE)
    except FileRefused:
        return False
    return True


def _etag(found: os.stat_result) -> str:
    """Another one for every file and every change of it; it tells nothing of when or where (RFC 9110 section 8.8.3)."""
    told = repr((found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns))
    return f'"{hashlib.blake2b(told.encode(), digest_size=16).hexdigest()}"'


def _shown(inline: Iterable[str]) -> frozenset[str]:
    kinds = frozenset({inline} if isinstance(inline, str) else inline)
    if wrong := sorted(kinds.difference(INERT)):
        raise ConfigurationError(
            f"ServedUploads: inline={wrong}: a browser may run what is in there in the name of your site; shown can be"
            f" {listed(INERT)}, and everything else is offered to be kept."
        )
    return kinds
