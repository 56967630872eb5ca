"""Pictures of machines, as files and from elsewhere, and thresholds with a formula for each reading."""

import tempfile
from io import BytesIO
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import httpx2
from fastapi import APIRouter, File, UploadFile
from PIL import Image
from pydantic import Field

from tests.drill.targets.tools.callers import Flaws, Line, Me, Strict, refused
from tests.drill.targets.tools.machines import computed, evaluated

HOSTS = frozenset({"pictures.tools.example"})
MOST_BYTES = 1_000_000


class Elsewhere(Strict):
    """Where a picture is."""

    image_url: Line


class Threshold(Strict):
    """When somebody is told: a formula for each reading."""

    readings: Annotated[dict[Annotated[str, Field(max_length=50)], Line], Field(min_length=1, max_length=10)]


class Watch(Strict):
    """What is watched."""

    thresholds: Annotated[list[Threshold], Field(min_length=1, max_length=10)]


async def keep(picture: Annotated[UploadFile, File()], _: Me, flawed: Flaws) -> dict[str, int]:
    """Keep a picture, in a folder of its own while it is looked at."""
    content = await picture.read(MOST_BYTES)
    if not _is_picture(content):
        raise refused(415, "That is no picture.")
    name = (picture.filename or "picture") if "pictures-by-their-names" in flawed else "picture"
    with tempfile.TemporaryDirectory() as folder:
        try:
            (Path(folder) / name).write_bytes(content)
        except (OSError, ValueError):
            raise refused(422, "That is no name of a file.") from None
    return {"size": len(content)}


def _is_picture(content: bytes) -> bool:
    try:
        with Image.open(BytesIO(content)) as found:
            found.verify()
    except (OSError, SyntaxError, ValueError):
        return False
    return True


def fetch(given: Elsewhere, _: Me, flawed: Flaws) -> dict[str, int]:
    """Take a picture from elsewhere."""
    try:
        url = urlsplit(given.image_url)
        ours = url.scheme == "https" and url.hostname in HOSTS and url.netloc == url.hostname
    except ValueError:
        ours = False
    if not ours and "pictures-from-anywhere" not in flawed:
        raise refused(422, "Pictures are at pictures.tools.example.")
    try:
        answer = httpx2.get(given.image_url, timeout=2, trust_env=False)
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
        raise refused(422, "The picture cannot be had.") from None
    if not _is_picture(answer.content):
        raise refused(422, "That is no picture.")
    return {"size": len(answer.content)}


def watch(given: Watch, _: Me, flawed: Flaws) -> dict[str, list[str]]:
    """What the thresholds are now."""
    value = evaluated if "thresholds-are-code" in flawed else computed
    return {"values": [value(each) for several in given.thresholds for each in several.readings.values()]}


def routes() -> APIRouter:
    """All of it."""
    router = APIRouter(tags=["pictures"])
    router.add_api_route("/pictures", keep, methods=["POST"])
    router.add_api_route("/pictures/fetch", fetch, methods=["POST"])
    router.add_api_route("/watches", watch, methods=["POST"])
    return router
