"""Pictures drawn anew: what is not a pixel is left behind (ASVS 14.2.8, 5.2.6).

    pictures = Pictures()
    clean = await pictures.redraw(picture)

Decoding and encoding leave out everything that is hidden in a file beside its pixels: places and
names in EXIF, comments, previews, profiles, a second file behind the first. The picture stands
upright afterwards. Still pictures alone; the size is judged from the head of the file, again by the
decoder, and before a pixel is unfolded.

It runs in a few threads of its own; when too many pictures wait, the next is 503 at once.
Needs the extra `images`.
"""

from collections.abc import Callable
from functools import partial
from typing import BinaryIO, Final, final

import anyio
import anyio.to_thread

from buckler.errors import ConfigurationError, Refusal
from buckler.input.file_refusals import FileRefused
from buckler.input.redrawn import Redrawn
from buckler.input.uploads import PIXELS, Uploaded
from buckler.refused import Refused

BUSY: Final = Refusal(503, "pictures-busy", "Too many pictures are waiting.", ((b"retry-after", b"5"),))
_KINDS: Final = frozenset(("gif", "jpeg", "png", "webp"))
_WAITING_PER_WORKER: Final = 8


@final
class Pictures:
    """Draws pictures of at most `pixels` anew, `workers` at a time: each needs about 10 bytes a pixel."""

    def __init__(self, *, pixels: int = PIXELS, workers: int = 2) -> None:
        if pixels < 1 or workers < 1:
            raise ConfigurationError(f"Pictures: pixels={pixels}, workers={workers}: with less than one none is drawn.")
        self._draw = _drawing()
        self._pixels = pixels
        self._inside = 0
        self._most_inside = workers * (1 + _WAITING_PER_WORKER)
        self._places = anyio.CapacityLimiter(workers)

    async def redraw(self, picture: Uploaded) -> Redrawn:
        """The same picture without what is hidden beside it. Raises `FileRefused`, or `Refused` when busy."""
        if picture.kind not in _KINDS:
            raise FileRefused("upload_kind")
        if self._inside >= self._most_inside:
            raise Refused(BUSY)
        self._inside += 1
        try:
            # Ends when the thread has ended, also where the client has gone before.
            work = partial(self._draw, picture.file, picture.kind, self._pixels)
            return await anyio.to_thread.run_sync(work, limiter=self._places)
        finally:
            self._inside -= 1


def _drawing() -> Callable[[BinaryIO, str, int], Redrawn]:
    try:
        from buckler.input.images import redraw
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"Pictures needs {error.name}, which is not installed: pip install 'buckler[images]'."
        ) from error
    return redraw
