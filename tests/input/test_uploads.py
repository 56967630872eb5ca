"""Files that strangers send, from both sides: FastAPI's own UploadFile takes and serves what ours refuses."""

from pathlib import Path
from typing import Annotated, Any, cast

import pytest
from fastapi import FastAPI, File, Form, Response, UploadFile
from fastapi.testclient import TestClient

from buckler import Public
from buckler.input import FileStore, Upload, Uploaded
from tests.input.files import GOOD, HTML, archive, pixel_bomb
from tests.proof import two_sided
from tests.stage import ORIGIN, protect

PICTURES = {"png", "jpeg", "gif", "webp"}
TYPES = {
    "csv": "text/csv",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "jpeg": "image/jpeg",
    "json": "application/json; charset=utf-8",
    "mp4": "video/mp4",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/x-zip-compressed",
}


def plain_app() -> FastAPI:
    """The twin: what the tutorial shows, and a page that hands out what was sent as it was sent."""
    app = FastAPI()

    @app.post("/picture")
    async def take(picture: UploadFile) -> Response:
        return Response(await picture.read(), headers={"X-Name": "-"}, media_type=picture.content_type)

    return app


def app_of(rule: Upload) -> FastAPI:
    app = FastAPI()

    @app.post("/picture", dependencies=[Public("a test")])
    async def take(picture: Annotated[Uploaded, rule]) -> Response:
        return Response(await picture.read(), media_type=picture.content_type)

    return protect(app)


def send(app: FastAPI, content: bytes, name: str = "x.png", media_type: str = "image/png", **more: Any) -> Any:
    client = TestClient(app, base_url=ORIGIN)
    return client.post("/picture", files={"picture": (name, content, media_type)}, **more)


def fault_of(answer: Any) -> tuple[str, list[str]]:
    """Kind and place of the one error of a 422 that repeats nothing of the file."""
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    (error,) = answer.json()["errors"]
    assert error["msg"] != "The value is not accepted."
    assert "script" not in answer.text
    return error["type"], error["loc"]


@pytest.mark.asvs("5.2.2")
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (HTML, "upload_kind"),
        (b"MZ\x90\0" + bytes(100), "upload_kind"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "upload_kind"),
        (GOOD["jpeg"], "upload_kind"),
        (b" " + GOOD["png"], "upload_kind"),
        (GOOD["png"][:40], "upload_end"),
        (GOOD["png"] + b"\n" + HTML, "upload_end"),
        (GOOD["png"] + archive({"a.class": b"x"}), "upload_disguised"),
    ],
)
def test_what_is_no_picture_is_not_taken_for_one(content: bytes, kind: str) -> None:
    """Whatever its name and its declared type say."""

    def attack(app: FastAPI) -> bool:
        answer = send(app, content)
        return bool(answer.status_code == 200 and answer.content == content)

    ours = app_of(Upload(kinds={"png"}, max_size="1 MB"))
    two_sided(attack, whole=ours, twin=plain_app())
    assert fault_of(send(ours, content)) == (kind, ["body", "picture"])


@pytest.mark.asvs("1.3.4")
@pytest.mark.parametrize("name", ["x.svg", "x.png"])
def test_a_drawing_that_runs_script_is_refused(name: str) -> None:
    """SVG is a document; no kind of picture lets it in."""
    drawing = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"

    def attack(app: FastAPI) -> bool:
        answer = send(app, drawing, name, "image/svg+xml")
        return bool(answer.content == drawing and answer.headers["content-type"].startswith("image/svg+xml"))

    two_sided(attack, whole=app_of(Upload(kinds=PICTURES, max_size="1 MB")), twin=plain_app())


@pytest.mark.asvs("5.2.2")
@pytest.mark.parametrize(
    ("name", "media_type", "kind"),
    [
        ("x.html", "image/png", "upload_extension"),
        ("x.png.php", "image/png", "upload_extension"),
        ("x", "image/jpeg", "upload_media_type"),
        ("x.png", "text/html", "upload_media_type"),
        ("x.png", "image/svg+xml", "upload_media_type"),
        ("x.jpg", "image/png", "upload_kind"),
    ],
)
def test_a_picture_under_another_s_name_is_refused(name: str, media_type: str, kind: str) -> None:
    """A true picture, which a server would hand out as a page."""

    def attack(app: FastAPI) -> bool:
        return bool(send(app, GOOD["png"], name, media_type).status_code == 200)

    ours = app_of(Upload(kinds=PICTURES, max_size="1 MB"))
    two_sided(attack, whole=ours, twin=plain_app())
    assert fault_of(send(ours, GOOD["png"], name, media_type))[0] == kind


def test_what_is_nothing_under_a_name_of_nothing_is_refused() -> None:
    """As what it is."""
    assert fault_of(send(app_of(Upload(kinds=PICTURES, max_size="1 MB")), HTML, "x.html"))[0] == "upload_kind"


@pytest.mark.asvs("5.2.6")
def test_a_picture_of_too_many_pixels_is_refused() -> None:
    """4 kB that would be 2.5 GB."""

    def attack(app: FastAPI) -> bool:
        return bool(send(app, pixel_bomb()).status_code == 200)

    ours = app_of(Upload(kinds={"png"}, max_size="1 MB"))
    two_sided(attack, whole=ours, twin=plain_app())
    assert fault_of(send(ours, pixel_bomb()))[0] == "upload_pixels"


@pytest.mark.asvs("5.2.1")
@pytest.mark.parametrize(("size", "kind"), [(0, "upload_empty"), (10_001, "upload_too_large")])
def test_a_file_that_is_empty_or_too_large_is_refused(size: int, kind: str) -> None:
    """By counting; no header is asked."""

    def attack(app: FastAPI) -> bool:
        return bool(send(app, b" " * size, "x.txt", "text/plain").status_code == 200)

    ours = app_of(Upload(kinds={"txt"}, max_size="10 kB"))
    two_sided(attack, whole=ours, twin=plain_app())
    assert fault_of(send(ours, b" " * size, "x.txt", "text/plain"))[0] == kind
    assert send(ours, b" " * 10_000, "x.txt", "text/plain").status_code == 200


@pytest.mark.asvs("5.2.3")
def test_an_archive_that_unfolds_without_measure_is_refused() -> None:
    """10 kB that would be 10 MB; nothing of it is unfolded."""
    bomb = archive({"a": bytes(10_000_000)})

    def attack(app: FastAPI) -> bool:
        return bool(send(app, bomb, "x.zip", "application/zip").status_code == 200)

    ours = app_of(Upload(kinds={"zip"}, max_size="1 MB"))
    two_sided(attack, whole=ours, twin=plain_app())
    assert fault_of(send(ours, bomb, "x.zip", "application/zip"))[0] == "archive_ratio"


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_file_of_each_kind_passes_unchanged(kind: str) -> None:
    """Under its usual name and type, in capitals, or without a declared type."""
    app = app_of(Upload(kinds={kind}, max_size="1 MB"))
    media_type = TYPES.get(kind, f"image/{kind}")
    for name, declared in ((f"x.{kind}", media_type), (f"X.{kind.upper()}", "application/octet-stream")):
        answer = send(app, GOOD[kind], name, declared)
        assert answer.status_code == 200, answer.text
        assert answer.content == GOOD[kind]
        assert answer.headers["content-type"].partition(";")[0] == media_type.partition(";")[0] or kind == "zip"


@pytest.mark.asvs("5.3.2")
def test_a_name_leads_nowhere(tmp_path: Path) -> None:
    """A name that climbs out of the folder writes elsewhere on the twin; ours keeps it under a name of its own."""
    kept = tmp_path / "kept"
    store = FileStore(kept)

    async def keep_plainly(file: UploadFile) -> None:
        (kept / str(file.filename)).write_bytes(await file.read())

    async def keep(file: UploadFile) -> None:
        await cast("Uploaded", file).store(store)

    def app_that(keeping: Any, parameter: Any) -> FastAPI:
        app = FastAPI()

        async def take(picture: Any) -> None:
            await keeping(picture)

        take.__annotations__["picture"] = parameter
        app.post("/picture")(take)
        return app

    evil = tmp_path / "evil.png"

    def attack(app: FastAPI) -> bool:
        assert send(app, GOOD["png"], "../evil.png").status_code == 200
        escaped = evil.exists()
        evil.unlink(missing_ok=True)
        return escaped

    rule = Upload(kinds={"png"}, max_size="1 MB")
    two_sided(attack, whole=app_that(keep, Annotated[Uploaded, rule]), twin=app_that(keep_plainly, UploadFile))
    (only,) = kept.iterdir()
    assert (only.suffix, len(only.stem), only.stat().st_mode & 0o777) == (".png", 32, 0o600)
    assert only.read_bytes() == GOOD["png"]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("holiday.png", "holiday.png"),
        ("Größe \u6f22.PNG", "Größe \u6f22.png"),
        ("C:\\Users\\ada\\me.png", "me.png"),
        ("../../etc/me.png", "me.png"),
        ("a\u202egnp.exe.png", "agnp.exe.png"),
        ("CON.png", "file.png"),
        ("...png", "file.png"),
        (".png.png", "png.png"),
        ("-rf.png", "rf.png"),
        ("a<b>c?.png", "abc.png"),
        ("a" * 300 + ".png", "a" * 100 + ".png"),
        ("\u6f22" * 99 + ".png", "file.png"),
    ],
)
def test_the_name_is_fit_to_be_shown(given: str, shown: str) -> None:
    """And to be offered again; the ending is that of the content."""
    names: list[str | None] = []
    app = FastAPI()

    @app.post("/picture")
    async def take(picture: Annotated[UploadFile, Upload(kinds={"png"}, max_size="1 MB")]) -> None:
        names.append(picture.filename)

    assert send(app, GOOD["png"], given).status_code == 200
    assert names == [shown]


def test_several_files_and_other_fields_stand_beside_each_other() -> None:
    """A list of files, a form field, and a file that may be missing."""
    app = FastAPI()
    png = Upload(kinds={"png"}, max_size="1 MB")

    @app.post("/picture", dependencies=[Public("a test")])
    async def take(
        picture: Annotated[list[Annotated[Uploaded, png]], File()],
        title: Annotated[str, Form()],
        extra: Annotated[Annotated[Uploaded, png] | None, File()] = None,
    ) -> list[str]:
        return [title, str(extra), *(each.kind for each in picture)]

    protect(app)
    client = TestClient(app, base_url=ORIGIN)
    two = [("picture", ("a.png", GOOD["png"])), ("picture", ("b.png", GOOD["png"]))]
    assert client.post("/picture", files=two, data={"title": "t"}).json() == ["t", "None", "png", "png"]
    bad = [two[0], ("picture", ("b.png", HTML))]
    assert fault_of(client.post("/picture", files=bad, data={"title": "t"})) == ("upload_kind", ["body", "picture", 1])


@pytest.mark.parametrize("name", ["blob", "x.", ".png"])
def test_a_name_without_an_ending_promises_nothing(name: str) -> None:
    """What a script in a browser sends is called `blob`: its content says what it is, and nothing else is taken."""
    app = app_of(Upload(kinds={"png", "txt", "csv"}, max_size="1 MB"))
    answer = send(app, GOOD["png"], name)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert send(app, b"a,b", name, "text/csv").headers["content-type"].startswith("text/csv")
    assert fault_of(send(app, b"\0\1", name)) == ("upload_kind", ["body", "picture"])
    one = app_of(Upload(kinds={"txt"}, max_size="1 MB"))
    assert fault_of(send(one, "Größe".encode("latin-1"), name, "text/plain"))[0] == "upload_encoding"
