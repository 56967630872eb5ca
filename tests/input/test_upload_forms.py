"""The ways to write an upload, and what is told about it."""

from typing import Annotated, Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import Field, TypeAdapter

from buckler import Buckler, ConfigurationError, Public, StartRefused
from buckler.input import ArchiveLimits, Upload, Uploaded
from tests.input.files import GOOD, HTML, PDF, archive, picture
from tests.input.test_uploads import app_of, fault_of, send
from tests.stage import ORIGIN, production, protect


@pytest.mark.parametrize(
    ("content", "name", "media_type", "words"),
    [
        (b"x" * 1001, "x.txt", "text/plain", "The file has more than 1,000 bytes"),
        (HTML, "x.png", "image/png", "The file is of no kind that is taken here: send json, png or txt"),
        (GOOD["png"] + b"x", "x.png", "image/png", "The file breaks off before its end, or goes on after it"),
        ("Größe".encode("latin-1"), "x.txt", "text/plain", "The text is not UTF-8; save it as that"),
        ("Size".encode("utf-16-le"), "x.txt", "text/plain", "The text is not UTF-8; save it as that"),
        (b"a\0b", "x.txt", "text/plain", "The text has control characters"),
        (
            b'{"a": 1, "a": 2}',
            "x.json",
            "application/json",
            "The file is no JSON that can be taken: An object has a member twice",
        ),
    ],
)
def test_what_is_refused_is_told_why(content: bytes, name: str, media_type: str, words: str) -> None:
    """With the kinds and the size that would be taken."""
    answer = send(app_of(Upload(kinds={"png", "txt", "json"}, max_size=1000)), content, name, media_type)
    assert fault_of(answer)
    assert answer.json()["errors"][0]["msg"] == words


def test_several_files_and_one_that_may_be_missing_need_no_more_than_their_type() -> None:
    """Each is judged; a list is bounded, also in the document."""
    app = FastAPI()
    png = Upload(kinds={"png"}, max_size="1 MB")

    @app.post("/picture", dependencies=[Public("a test")])
    async def take(
        picture: Annotated[list[Uploaded], png, Field(max_length=2)],
        extra: Annotated[Uploaded | None, png] = None,
    ) -> list[str]:
        return [str(extra and extra.kind), *(each.kind for each in picture)]

    protect(app)
    client = TestClient(app, base_url=ORIGIN)
    one = ("picture", ("a.png", GOOD["png"]))
    assert client.post("/picture", files=[one]).json() == ["None", "png"]
    assert client.post("/picture", files=[one, one, ("extra", ("b.png", GOOD["png"]))]).json() == ["png", "png", "png"]
    assert fault_of(client.post("/picture", files=[one, one, one])) == ("too_long", ["body", "picture"])
    bad = [one, ("picture", ("b.png", HTML))]
    assert fault_of(client.post("/picture", files=bad)) == ("upload_kind", ["body", "picture", 1])
    document = app.openapi()
    (body,) = [each for each in document["components"]["schemas"].values() if "picture" in each.get("properties", {})]
    assert body["properties"]["picture"]["maxItems"] == 2
    assert body["properties"]["picture"]["items"]["maxLength"] == 1_000_000
    assert body["properties"]["extra"]["anyOf"][1] == {"type": "null"}
    assert "multipart/form-data" in document["paths"]["/picture"]["post"]["requestBody"]["content"]


PNG = Annotated[Uploaded, Upload(kinds={"png"}, max_size="100 kB")]


@pytest.mark.parametrize("annotation", [list[PNG], PNG | None], ids=["list", "union"])
async def test_files_that_fastapi_would_read_as_json_keep_the_app_from_starting(annotation: Any) -> None:
    """It would start, and answer every file with 422; the words have the spellings that work."""
    app = FastAPI()

    async def take(docs: Any) -> None: ...

    take.__annotations__["docs"] = annotation
    app.post("/docs")(take)
    with pytest.raises(StartRefused, match=r"Annotated\[list\[Uploaded\], Upload"):
        await Buckler(app, default=Public("a test"), settings=production()).start()


@pytest.mark.parametrize("annotation", [bytes, str, list[str], Uploaded | str, set[Uploaded]], ids=range(5))
def test_a_rule_beside_anything_but_uploads_cannot_be_declared(annotation: Any) -> None:
    """Whatever it holds then would be no file that was judged."""
    with pytest.raises(ConfigurationError, match="Upload beside"):
        TypeAdapter(Annotated[annotation, Upload(kinds={"png"}, max_size="1 MB")])


@pytest.mark.parametrize(
    ("kinds", "meant"),
    [
        ("jpg", "'jpeg'"),
        (".png", "'png'"),
        ("image/png", "'png'"),
        ("PNG", "'png'"),
        ("webbp", "'webp'"),
        ("json5", "'json'"),
    ],
)
def test_a_kind_that_is_nearly_one_is_told(kinds: str, meant: str) -> None:
    """By its ending, its media type, or its letters."""
    with pytest.raises(ConfigurationError, match=f"Did you mean {meant}"):
        Upload(kinds={kinds}, max_size="1 MB")


def test_a_text_in_a_file_s_place_is_refused() -> None:
    """And nothing at all is missing."""
    app = app_of(Upload(kinds={"png"}, max_size="1 MB"))
    client = TestClient(app, base_url=ORIGIN)
    assert fault_of(client.post("/picture", data={"picture": "text"}))[0] == "upload_missing"
    assert fault_of(client.post("/picture", data={"other": "text"}))[0] == "missing"


async def test_the_archive_in_an_upload_is_at_hand() -> None:
    """Within the limits of the upload."""
    rule = Upload(kinds={"zip"}, max_size="1 MB", archive=ArchiveLimits(members=2))
    names: list[str] = []
    app = FastAPI()

    @app.post("/picture")
    async def take(picture: Annotated[Uploaded, rule]) -> None:
        names.extend(member.name for member in picture.archive().members)

    assert send(app, GOOD["zip"], "x.zip", "application/zip").status_code == 200
    assert names == ["a.txt", "folder/b.txt"]
    three = archive({"a": b"", "b": b"", "c": b""})
    assert send(app, three, "x.zip", "application/zip").status_code == 422


def test_the_document_tells_what_is_taken() -> None:
    """Kinds and size of every upload stand where the API is described (ASVS 5.1.1 wants them written down)."""
    schemas = app_of(Upload(kinds={"png", "pdf"}, max_size="2 MB")).openapi()["components"]["schemas"]
    (field,) = [schema["properties"]["picture"] for schema in schemas.values() if "picture" in schema["properties"]]
    assert field["description"] == "A file of the kind pdf, png; at most 2,000,000 bytes."
    assert (field["type"], field["maxLength"]) == ("string", 2_000_000)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"kinds": {"svg"}}, "can run script"),
        ({"kinds": "svg"}, "can run script"),
        ({"kinds": {"exe"}}, "name one or more of csv, docx"),
        ({"kinds": ()}, "name one or more"),
        ({"max_size": "2MB"}, "is not a size"),
        ({"max_size": 0}, "is not a size"),
        ({"pixels": 0}, "pixels=0"),
    ],
)
def test_an_upload_that_cannot_be_judged_cannot_be_declared(given: dict[str, Any], why: str) -> None:
    """Each says why."""
    with pytest.raises(ConfigurationError, match=why):
        Upload(**{"kinds": {"png"}, "max_size": "2 MB", **given})


def test_an_upload_without_its_rule_cannot_be_declared() -> None:
    """It would take anything."""
    app = FastAPI()

    async def take(picture: Uploaded) -> None: ...

    with pytest.raises(ConfigurationError, match="Uploaded without Upload"):
        app.post("/picture")(take)


def test_one_kind_may_be_named_as_it_is() -> None:
    """And a size as a number."""
    rule = Upload(kinds="pdf", max_size=len(PDF))
    assert send(app_of(rule), PDF, "x.pdf", "application/pdf").status_code == 200
    assert picture("PNG") == GOOD["png"]
