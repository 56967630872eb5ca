"""A parameter that can never hold what it says stops the start, with the line to write instead."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from fastapi import Body, Cookie, Depends, FastAPI, File, Form, Header, Query, UploadFile
from pydantic import (
    BaseModel,
    DirectoryPath,
    Field,
    FilePath,
    ImportString,
    Json,
    JsonValue,
    NewPath,
    SocketPath,
)
from sqlalchemy import Column, Integer

from buckler import Accepts, Buckler, Public, StartRefused
from buckler.input import FileName, FormModel, PageQuery, Pages, Sorting, StrictModel, Upload, Uploaded
from tests.proof import two_sided_async
from tests.stage import production
from tests.wire import ask

PICTURE = Annotated[Uploaded, Upload(kinds={"png"}, max_size="20 MB")]
SMALL = Annotated[Uploaded, Upload(kinds={"png"}, max_size="1 MB")]


class Search(StrictModel):
    size: int = 1


class Reader(FormModel):
    size: int = 1


class Loose(StrictModel, strict=False):
    size: int = 1


async def one(picture: PICTURE) -> None: ...


async def several(pictures: Annotated[list[PICTURE], File()]) -> None: ...


async def perhaps(picture: Annotated[PICTURE | None, File()] = None) -> None: ...


async def deep(_: Annotated[None, Depends(one)]) -> None: ...


async def queried(found: Annotated[Search, Query()]) -> None: ...


async def filled(found: Annotated[Search, Form()]) -> None: ...


async def headed(found: Annotated[Search, Header()]) -> None: ...


async def eaten(found: Annotated[Search, Cookie()]) -> None: ...


async def paged(asked: PageQuery) -> None: ...


class Branch(BaseModel):
    child: "Branch | Twig | None" = None


class Twig(BaseModel):
    child: "Branch | Twig | None" = None


class Fitted(BaseModel):
    kind: Literal["fitted"]
    child: "Annotated[Fitted | Loosened, Field(discriminator='kind')] | None" = None


class Loosened(BaseModel):
    kind: Literal["loosened"]
    child: "Annotated[Fitted | Loosened, Field(discriminator='kind')] | None" = None


class Listing(BaseModel):
    picture: FilePath | None = None


async def start(endpoint: Callable[..., Any], *declarations: Any, **settings: Any) -> None:
    app = FastAPI()
    app.add_api_route("/it", endpoint, methods=["POST"], dependencies=[Public("a test"), *declarations])
    await Buckler(app, settings=production(**settings)).start()


@pytest.mark.parametrize("endpoint", [one, several, perhaps, deep])
async def test_a_file_that_is_larger_than_any_body_is_found(endpoint: Callable[..., Any]) -> None:
    """It would be 413, and the route would never hear of it."""
    with pytest.raises(StartRefused) as refused:
        await start(endpoint)
    text = str(refused.value)
    assert "POST /it (test_parameters.py:" in text
    assert "takes files of 20,000,000 bytes, but its body has at most 1,048,576" in text
    assert 'Declare Accepts(max_body="21 MB")' in text
    await start(endpoint, Accepts("21 MB"))
    await start(endpoint, max_body_bytes="21 MB")


async def test_the_smallest_size_that_reaches_the_route_counts() -> None:
    """And a body is more than the file in it."""
    for declared in (Accepts("20 MB"), Accepts("1 MB")):
        with pytest.raises(StartRefused, match="its body has at most"):
            await start(one, Accepts("30 MB"), declared)

    async def small(picture: SMALL) -> None: ...

    await start(small)


@pytest.mark.parametrize("endpoint", [queried, filled, headed, eaten])
async def test_a_strict_model_where_all_is_text_is_found(endpoint: Callable[..., Any]) -> None:
    """Every number in it would be 422."""
    with pytest.raises(StartRefused, match=r"found is the StrictModel Search.*\n *Derive Search from FormModel"):
        await start(endpoint)


async def test_models_that_read_text_and_strict_ones_that_read_json_are_fine() -> None:
    async def several_models(
        one: Annotated[Reader, Query()], two: Annotated[Json[Search], Header()], three: Search
    ) -> None: ...

    async def loose(found: Annotated[Loose, Form()]) -> None: ...

    await start(several_models)
    await start(loose)


async def test_files_that_are_taken_for_json_are_found() -> None:
    """No file would ever arrive."""

    async def listed(pictures: list[SMALL]) -> None: ...

    async def either(picture: SMALL | None = None) -> None: ...

    for endpoint in (listed, either):
        with pytest.raises(StartRefused, match=r"FastAPI takes for JSON.*\n.*put File\(\) into the outer Annotated"):
            await start(endpoint)


async def test_a_page_that_nothing_makes_is_found() -> None:
    """A list of books that wants a body, else."""
    with pytest.raises(StartRefused, match=r"asked is a PageQuery that nothing makes.*\n.*Depends\(Pages\("):
        await start(paged)
    column = Column("id", Integer, unique=True, nullable=False)
    pages = Pages(Sorting({"id": column}, default="id", tie=column))

    async def list_books(asked: Annotated[PageQuery, Depends(pages)]) -> None: ...

    await start(list_books)


@pytest.mark.asvs("15.2.2")
async def test_a_type_whose_work_doubles_with_each_level_is_found() -> None:
    """On bare FastAPI 60 bytes more of a body are a thousand times the work, counted in what its answer tells."""

    async def grow(tree: Branch) -> None: ...

    async def attack(begin: Callable[[FastAPI], Awaitable[None]]) -> bool:
        app = FastAPI()
        app.add_api_route("/it", grow, methods=["POST"])
        try:
            await begin(app)
        except StartRefused:
            return False
        body = b'{"child":' * 11 + b"1" + b"}" * 11
        answer = await ask(app, "POST", "/it", headers=[("content-type", "application/json")], body=body)
        return len(json.loads(answer.body)["detail"]) > 2000

    async def with_us(app: FastAPI) -> None:
        await Buckler(app, default=Public("a test"), settings=production()).start()

    async def without(app: FastAPI) -> None: ...

    await two_sided_async(attack, whole=with_us, twin=without)


@pytest.mark.parametrize("kind", [Branch, list[Branch], Annotated[dict[str, Branch], Body(embed=True)]])
async def test_it_is_told_with_its_route_its_types_and_what_to_write(kind: Any) -> None:
    async def grow(tree: Any) -> None: ...

    async def deeper(_: Annotated[None, Depends(grow)]) -> None: ...

    grow.__annotations__["tree"] = kind
    for endpoint in (grow, deeper):
        with pytest.raises(StartRefused) as refused:
            await start(endpoint)
        text = str(refused.value)
        assert "POST /it (test_parameters.py:" in text
        assert "tree takes twice the work for each level of what is sent: 'child' in Branch" in text
        assert "is read as Branch and as Twig, and both lead there again" in text
        assert "Field(discriminator='kind')" in text


async def test_a_discriminator_is_all_it_takes() -> None:
    async def grow(tree: Fitted, values: dict[str, JsonValue]) -> None: ...

    await start(grow)


BOUNDED = [
    Annotated[SMALL, File(max_length=3)],
    Annotated[SMALL | None, File(max_length=3)],
    Annotated[UploadFile, File(min_length=3)],
    Annotated[UploadFile, File(pattern="x")],
]


@pytest.mark.parametrize("kind", BOUNDED, ids=range(len(BOUNDED)))
async def test_a_file_with_a_bound_for_texts_is_found(kind: Any) -> None:
    """Each file would be 500."""

    async def endpoint(file: Any) -> None: ...

    endpoint.__annotations__["file"] = kind
    with pytest.raises(StartRefused, match=r"file is a file with .*\n.*Upload\(kinds=\{...\}, max_size=...\)"):
        await start(endpoint)


async def test_lists_of_files_and_files_as_bytes_have_such_bounds() -> None:
    async def endpoint(
        files: Annotated[list[SMALL], File(max_length=3)], content: Annotated[bytes, File(max_length=100)]
    ) -> None: ...

    await start(endpoint)


@pytest.mark.parametrize("kind", [FilePath, DirectoryPath, NewPath, SocketPath, ImportString, list[FilePath], Listing])
async def test_a_type_that_looks_at_the_disk_for_what_a_stranger_names_is_found(kind: Any) -> None:
    """On bare FastAPI it tells which files there are, and a name of 5,000 letters is 500."""

    async def endpoint(found: Any) -> None: ...

    endpoint.__annotations__["found"] = kind
    with pytest.raises(StartRefused, match=r"found looks at the disk .*\n.*Take a FileName"):
        await start(endpoint)


async def test_paths_that_are_only_texts_pass() -> None:
    async def endpoint(found: Path, name: FileName, number: int) -> None: ...

    await start(endpoint)
