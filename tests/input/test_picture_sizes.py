"""How large a picture is once it is decoded, whatever its head says. The twin keeps what it was sent."""

import io
import struct
import time
import tracemalloc
import warnings
import zlib
from collections.abc import Callable

import pytest
from PIL import Image
from starlette.datastructures import UploadFile

from buckler.input import FileRefused, Upload
from buckler.input.picture_bytes import PictureBytes
from buckler.input.picture_sizes import size_of_picture
from tests.input.files import GOOD, picture, png_chunk
from tests.proof import stopped_by, two_sided

Judge = Callable[[UploadFile], object]


def gif_beyond_its_screen(side: int) -> bytes:
    """One frame, and a logical screen of one pixel."""
    content = bytearray(picture("GIF", (side, side), "P"))
    content[6:10] = struct.pack("<2H", 1, 1)
    return bytes(content)


def gif_with_a_far_frame(side: int) -> bytes:
    """A frame of one pixel, far to the right and below."""
    frame = b"," + struct.pack("<4HB", side - 1, side - 1, 1, 1, 0) + b"\2\2\x44\1\0"
    return GOOD["gif"][:-1] + b"\0" + frame + b";"


def png_with_two_heads(side: int) -> bytes:
    """Decoders take the last."""
    heads = [png_chunk(b"IHDR", struct.pack(">2I5B", each, each, 1, 0, 0, 0, 0)) for each in (1, side)]
    rows = zlib.compress(bytes((side + 7) // 8 + 1) * side, 9)
    return b"\x89PNG\r\n\x1a\n" + b"".join(heads) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")


def jpeg_with_two_frames(side: int) -> bytes:
    """A small frame header before the one of the picture; Pillow takes the last."""
    content = picture("JPEG", (side, side))
    place = content.index(b"\xff\xc0")
    length = int.from_bytes(content[place + 2 : place + 4], "big")
    frame = bytearray(content[place : place + 2 + length])
    frame[5:9] = struct.pack(">2H", 1, 1)
    return content[:place] + bytes(frame) + content[place:]


@pytest.mark.asvs("5.2.6")
@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("gif", gif_beyond_its_screen(1000)),
        ("gif", gif_with_a_far_frame(1000)),
        ("png", png_with_two_heads(1000)),
        ("jpeg", jpeg_with_two_frames(1000)),
    ],
)
def test_a_head_that_lies_hides_no_pixel(kind: str, content: bytes) -> None:
    """At most a hundred pixels are taken; a decoder finds a million."""

    def attack(judge: Judge) -> bool:
        upload = UploadFile(io.BytesIO(content), filename=f"a.{kind}")
        if stopped_by(FileRefused, lambda: judge(upload)):
            return False
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(content)) as opened:
            opened.seek(getattr(opened, "n_frames", 1) - 1)
            return opened.size[0] * opened.size[1] > 100

    two_sided(attack, whole=Upload(kinds={kind}, max_size="2 MB", pixels=100).judge, twin=lambda upload: upload)


def segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", 2 + len(body)) + body


def jpeg_of_scans(side: int, count: int) -> bytes:
    """A progressive picture in grey; each further scan says of all its blocks in a few bytes that nothing changes."""
    blocks = ((side + 7) // 8) ** 2
    tables = [segment(0xC4, bytes([kind << 4, 1, *bytes(15), symbol])) for kind, symbol in ((0, 0), (1, 0xE0))]
    head = [segment(0xDB, b"\0" + b"\1" * 64), segment(0xC2, struct.pack(">BHHB", 8, side, side, 1) + b"\1\x11\0")]
    first = segment(0xDA, b"\1\1\0\0\0\0") + bytes((blocks + 7) // 8)
    empty = bytes((blocks // 16384 + 1) * 2)
    further = [segment(0xDA, bytes([1, 1, 0, 1 + n % 63, 1 + n % 63, 0])) + empty for n in range(count - 1)]
    return b"\xff\xd8" + b"".join([*head, *tables, first, *further]) + b"\xff\xd9"


@pytest.mark.asvs("5.2.6")
def test_a_picture_of_endless_scans_is_refused() -> None:
    """Each costs a walk through all pixels; Pillow does every one."""

    def attack(judge: Judge) -> bool:
        content = jpeg_of_scans(64, 5000)
        if stopped_by(FileRefused, lambda: judge(UploadFile(io.BytesIO(content), filename="a.jpg"))):
            return False
        with Image.open(io.BytesIO(content)) as opened:
            return opened.load() is not None

    two_sided(attack, whole=Upload(kinds={"jpeg"}, max_size="2 MB").judge, twin=lambda upload: upload)


@pytest.mark.parametrize(
    ("side", "scans", "is_taken"), [(64, 100, True), (64, 101, False), (10_000, 25, True), (10_000, 26, False)]
)
def test_scans_are_bounded_by_number_and_by_pixels(side: int, scans: int, is_taken: bool) -> None:
    """A hundred of a small picture, fewer of a large one."""
    if is_taken:
        assert size_of_picture("jpeg", io.BytesIO(jpeg_of_scans(side, scans))) == (side, side)
    else:
        assert refused("jpeg", jpeg_of_scans(side, scans))


def refused(kind: str, content: bytes) -> bool:
    return stopped_by(FileRefused, lambda: size_of_picture(kind, io.BytesIO(content)))


@pytest.mark.parametrize("quality", [50, 100])
@pytest.mark.parametrize("progressive", [True, False])
def test_true_photographs_are_measured(quality: int, progressive: bool) -> None:
    """Noise, whose bytes are full of what looks like a marker."""
    noise = Image.effect_noise((900, 700), 90).convert("RGB")
    written = io.BytesIO()
    noise.save(written, "JPEG", quality=quality, progressive=progressive, restart_marker_rows=2)
    assert b"\xff\x00" in written.getvalue()
    assert b"\xff\xd3" in written.getvalue()
    assert size_of_picture("jpeg", written) == (900, 700)


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_pictures_of_many_blocks_are_measured(kind: str) -> None:
    """Also those that move, with a note in each."""
    frames = [Image.effect_noise((200, 100), 20 + n).convert("P") for n in range(30)]
    written = io.BytesIO()
    frames[0].save(written, kind, save_all=True, append_images=frames[1:], comment=b"note " * 200)
    assert size_of_picture(kind.lower(), written) == (200, 100)


HEAD = GOOD["gif"][: GOOD["gif"].index(b",")]
JPEG = jpeg_of_scans(64, 3)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("gif", HEAD + b"!\xfe" + b"\1A" * 1_000_000 + b"\0" + GOOD["gif"][len(HEAD) :]),
        ("gif", HEAD + b"!\xf9" + b"\1A" * 5000 + b"\0" + GOOD["gif"][len(HEAD) :]),
        ("gif", HEAD + (b"," + struct.pack("<4HB", 0, 0, 1, 1, 0) + b"\2\2\x44\1\0") * 100_000),
        ("gif", HEAD + bytes(2_000_000)),
        ("png", GOOD["png"][:33] + png_chunk(b"tEXt", b"") * 100_000 + GOOD["png"][33:]),
        ("jpeg", JPEG[:2] + b"\xff\xfe\0\2" * 1001 + JPEG[2:]),
        ("jpeg", JPEG[:-2] + b"\xff\xfe\0\2" * 1001),
        ("jpeg", JPEG[:-2] + b"\xff\xdc\0\4\xff\xff" + JPEG[-2:]),
        ("jpeg", JPEG[:-2] + b"\xff\x02\0\4\xff\xff" + JPEG[-2:]),
        ("jpeg", JPEG[:-2] + b"\xff\xfe\0"),
        ("jpeg", b"\xff\xd8\xff\xd9" + JPEG[2:]),
    ],
)
def test_a_picture_of_a_million_blocks_is_refused_at_once(kind: str, content: bytes) -> None:
    """A hundredth of what a decoder would need, and no more memory than for a piece of it."""
    began = time.process_time()
    assert refused(kind, content)
    assert time.process_time() - began < 1


def test_what_follows_the_end_is_not_walked() -> None:
    """Previews of telephones stand there; no decoder goes on to them."""
    assert size_of_picture("jpeg", io.BytesIO(JPEG + jpeg_with_two_frames(8))) == (64, 64)
    assert size_of_picture("jpeg", io.BytesIO(JPEG[:-2])) == (64, 64)
    assert size_of_picture("jpeg", io.BytesIO(JPEG[:-2] + b"\xff\x01" + JPEG[-2:])) == (64, 64)
    assert size_of_picture("png", io.BytesIO(GOOD["png"] + png_with_two_heads(8)[8:])) == (8, 6)
    assert size_of_picture("gif", io.BytesIO(GOOD["gif"] + gif_beyond_its_screen(20))) == (8, 6)


def test_a_marker_on_the_seam_of_two_pieces_is_found() -> None:
    """Its halves are read one after the other; a large file is never held whole."""
    frame = jpeg_of_scans(64, 2)[:-2]
    for pad in range(65_530 - len(frame), 65_540 - len(frame)):
        assert refused("jpeg", frame + bytes(pad) + segment(0xC0, bytes(15)) + b"\xff\xd9")
    tracemalloc.start()
    try:
        data = PictureBytes(io.BytesIO(b"\0" * 3_000_000), 3_000_000)
        data.skip(2_000_000)
        before = tracemalloc.get_traced_memory()[0]
        assert len(data.take(5)) == 5
        assert tracemalloc.get_traced_memory()[0] - before < 200_000
    finally:
        tracemalloc.stop()
