"""A parameter that can never hold what it says stops the start, with the line to write instead."""

from collections.abc import Callable
from typing import Annotated, Any

import pytest
from fastapi import Cookie, Depends, FastAPI, File, Form, Header, Query
from pydantic import Json
from sqlalchemy import Column, Integer

from buckler import Accepts, Buckler, Public, StartRefused
from buckler.input import FormModel, PageQuery, Pages, Sorting, StrictModel, Upload, Uploaded
from tests.stage import production

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
