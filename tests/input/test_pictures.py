"""Pictures drawn anew. The twin keeps what it was sent, as an app does that trusts a picture to be one."""

import asyncio
import io
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import binary, integers, sampled_from
from PIL import Image
from starlette.datastructures import UploadFile

from buckler import ConfigurationError
from buckler.input import ArchiveLimits, FileRefused, Pictures, Upload, Uploaded
from buckler.input.file_kinds import KINDS
from buckler.refused import Refused
from tests.input.files import CANARY, GOOD, HTML, archive, picture, picture_with_secrets, pixel_bomb, png_chunk
from tests.proof import two_sided_async

KIND_OF = {"PNG": "png", "JPEG": "jpeg", "GIF": "gif", "WEBP": "webp"}
Draw = Callable[[Uploaded], Awaitable[bytes]]


def uploaded(content: bytes, kind: str, **given: Any) -> Uploaded:
    """A file that was judged to be of a kind."""
    upload = UploadFile(io.BytesIO(content), filename=f"x{KINDS[kind].extensions[0]}")
    return Upload(kinds={kind}, max_size="10 MB", **given).judge(upload)


def unjudged(content: bytes, kind: str) -> Uploaded:
    """A file that nobody looked into."""
    return Uploaded(io.BytesIO(content), len(content), KINDS[kind], "x", ArchiveLimits())


async def kept(picture: Uploaded) -> bytes:
    return await picture.read()


async def redrawn(picture: Uploaded) -> bytes:
    return (await Pictures().redraw(picture)).content


@pytest.mark.asvs("14.2.8")
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
async def test_what_is_hidden_in_a_picture_is_left_behind(kind: str) -> None:
    """Place in EXIF and XMP, comment, profile, text."""

    async def attack(draw: Draw) -> bool:
        content = picture_with_secrets(kind)
        return CANARY in await draw(uploaded(content, KIND_OF[kind]))

    await two_sided_async(attack, whole=redrawn, twin=kept)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_a_picture_that_lies_on_its_side_stands_upright(kind: str) -> None:
    """What turned it was in the metadata."""
    drawn = await Pictures().redraw(uploaded(picture_with_secrets(kind), KIND_OF[kind]))
    assert (drawn.width, drawn.height) == (6, 8)
    with Image.open(io.BytesIO(drawn.content)) as opened:
        assert (opened.format, opened.size, opened.getexif()) == (kind, (6, 8), {})
    assert drawn.content_type == f"image/{KIND_OF[kind]}"
    assert drawn.stored_name.endswith(KINDS[drawn.kind].extensions[0])


async def test_a_second_file_in_a_picture_is_left_behind() -> None:
    """Script in the colours' comment, and a page behind the end: neither makes a GIF less of a GIF."""
    disguised = GOOD["gif"][:-1] + b"\x21\xfe" + bytes([len(HTML)]) + HTML + b"\0;" + HTML

    async def attack(draw: Draw) -> bool:
        return HTML in await draw(uploaded(disguised, "gif"))

    await two_sided_async(attack, whole=redrawn, twin=kept)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
async def test_every_way_of_colour_is_drawn(mode: str) -> None:
    """Transparency stays where there is some."""
    drawn = await Pictures().redraw(uploaded(picture("PNG", mode=mode), "png"))
    with Image.open(io.BytesIO(drawn.content)) as opened:
        assert opened.mode == ("RGBA" if mode in ("LA", "RGBA") else "RGB")


def moving(kind: str) -> bytes:
    frames = [Image.new("RGB", (8, 6), colour) for colour in ("red", "green", "blue")]
    written = io.BytesIO()
    frames[0].save(written, kind, save_all=True, append_images=frames[1:])
    return written.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
async def test_a_picture_that_moves_is_refused(kind: str) -> None:
    """A thousand frames are a thousand pictures."""
    with pytest.raises(FileRefused, match="more than one frame"):
        await Pictures().redraw(uploaded(moving(kind), KIND_OF[kind]))


async def test_a_photograph_with_a_preview_is_drawn() -> None:
    """Telephones put further pictures into one file; the first is the picture."""
    drawn = await Pictures().redraw(uploaded(moving("MPO"), "jpeg"))
    assert (drawn.width, drawn.height) == (8, 6)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
async def test_pixels_are_judged_again(kind: str) -> None:
    """The head that was read at the door may not be the one that the decoder reads."""
    file = uploaded(picture(kind, (20, 20)), KIND_OF[kind])
    with pytest.raises(FileRefused, match="too many pixels"):
        await Pictures(pixels=399).redraw(file)
    assert (await Pictures(pixels=400).redraw(file)).width == 20


def two_heads(side: int) -> bytes:
    """A PNG with a small head first and a large one behind it."""
    small = GOOD["png"]
    large = png_chunk(b"IHDR", side.to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0]))
    return small[:33] + large + small[33:]


@pytest.mark.parametrize("side", [1000, 10_000, 50_000])
async def test_a_second_head_does_not_get_past(side: int) -> None:
    """The decoder would read the last one; it is not asked."""
    with pytest.raises(FileRefused) as refused:
        await Pictures(pixels=100).redraw(unjudged(two_heads(side), "png"))
    assert refused.value.kind == "upload_picture"


async def test_what_the_decoder_takes_for_a_bomb_is_one() -> None:
    """Whatever number of pixels was allowed."""
    with pytest.raises(FileRefused, match="too many pixels"):
        await Pictures(pixels=10**12).redraw(unjudged(pixel_bomb(), "png"))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(sampled_from(["png", "jpeg", "gif", "webp"]), integers(0, 60), binary(min_size=1, max_size=30))
async def test_no_bytes_at_all_break_the_drawing(kind: str, place: int, damage: bytes) -> None:
    """A damaged picture is drawn or refused."""
    content = GOOD[kind][:place] + damage + GOOD[kind][place + len(damage) :]
    try:
        assert (await Pictures(pixels=10_000).redraw(unjudged(content, kind))).content
    except FileRefused as refused:
        assert refused.status_code == 422  # noqa: PT017 - either end is right


async def test_what_is_no_picture_is_not_drawn() -> None:
    """It has no pixels."""
    with pytest.raises(FileRefused, match="no kind"):
        await Pictures().redraw(uploaded(archive({"a": b"a"}), "zip"))


async def test_too_many_waiting_pictures_are_answered_at_once() -> None:
    """The seventeenth that waits for two workers is 503."""
    pictures = Pictures(workers=1)
    first = [uploaded(picture("PNG", (2000, 2000)), "png") for _ in range(20)]
    done = await asyncio.gather(*(pictures.redraw(each) for each in first), return_exceptions=True)
    busy = [each for each in done if isinstance(each, Refused)]
    assert len(busy) == 20 - 1 - 8
    assert {each.status_code for each in busy} == {503}


@pytest.mark.parametrize("given", [{"pixels": 0}, {"workers": 0}])
def test_a_drawing_that_draws_nothing_cannot_be_made(given: dict[str, int]) -> None:
    """It says why."""
    with pytest.raises(ConfigurationError, match="none is drawn"):
        Pictures(**given)


def test_a_machine_without_the_extra_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """When it is made, not at the first picture."""
    monkeypatch.delitem(sys.modules, "buckler.input.images", raising=False)
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'buckler\[images\]'"):
        Pictures()
