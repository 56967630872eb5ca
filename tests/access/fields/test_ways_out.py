"""Ways by which a guarded field has left, or could: streams, masks, memories, and values that are not what they say."""

import asyncio
import json
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from enum import Enum
from functools import cached_property
from typing import Annotated, Any

import pytest
from fastapi import FastAPI
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import AfterValidator, BaseModel, Field, Secret, computed_field
from pydantic.dataclasses import dataclass

from buckler import Principal, Requires, Visible
from buckler.access.fields.views import View
from buckler.access.fields.visible import is_hidden
from tests.access.fields.models import Row, Staff
from tests.proof import two_sided_async
from tests.stage import Directory, protect
from tests.twins.twin import Twin
from tests.wire import ask

NOBODY = View(frozenset(), judged=True)
PLAIN = View(frozenset())


def bob() -> Staff:
    return Staff(name="bob", salary=31415)


async def lines():  # type: ignore[no-untyped-def]
    yield bob()


async def typed() -> AsyncIterable[dict[str, Any]]:
    yield {"staff": bob()}


async def events() -> AsyncIterable[ServerSentEvent]:
    yield ServerSentEvent(data=bob())


async def bare_events():  # type: ignore[no-untyped-def]
    yield bob()


def in_sync() -> Iterable[Any]:
    yield [bob()]


def events_in_sync() -> Iterable[ServerSentEvent]:
    yield ServerSentEvent(data={"staff": bob()})


class Page(BaseModel):
    """Says that it holds a text and numbers, and nobody looks at what is assigned."""

    owner: str = ""
    rows: list[int] = []


async def assigned() -> Page:
    page: Any = Page()
    page.owner = bob()
    page.rows.append(bob())
    return page  # type: ignore[no-any-return]


class Known(Enum):
    BOB = bob()


async def member() -> dict[str, Any]:
    return {"who": Known.BOB}


async def named_member() -> list[Known]:
    return [Known.BOB]


def exchanged(_: str) -> Any:
    return bob()


async def made_by_a_validator() -> list[Annotated[str, AfterValidator(exchanged)]]:
    return ["bob"]


class Pairs:
    """Is read as a mapping by FastAPI."""

    __slots__ = ("items",)

    def __init__(self, items: Any) -> None:
        self.items = items

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        yield "items", self.items


async def pairs():  # type: ignore[no-untyped-def]
    return Pairs([bob()])


async def unmasked():  # type: ignore[no-untyped-def]
    return {"it": Secret(bob())}  # FastAPI alone writes its inside


async def made_late():  # type: ignore[no-untyped-def]
    class Late(BaseModel):
        salary: Annotated[int, Visible("a:x")] = 31415

    return Late()


async def streamed_late():  # type: ignore[no-untyped-def]
    yield await made_late()


EVENTS = {"response_class": EventSourceResponse}
WAYS: list[tuple[Callable[..., Any], dict[str, Any]]] = [
    (lines, {}),
    (typed, {}),
    (in_sync, {}),
    (events, EVENTS),
    (bare_events, EVENTS),
    (events_in_sync, EVENTS),
    (assigned, {}),
    (member, {}),
    (named_member, {}),
    (made_by_a_validator, {}),
    (pairs, {}),
    (unmasked, {}),
    (made_late, {}),
    (streamed_late, {}),
]


@pytest.mark.asvs("8.2.3")
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@pytest.mark.parametrize(("endpoint", "given"), WAYS)
async def test_it_leaves_for_its_readers_alone_by_every_way(
    endpoint: Callable[..., Any], given: dict[str, Any]
) -> None:
    """And for everybody where the defence is left out."""

    async def attack(app: FastAPI) -> bool:
        assert b"31415" in (await ask(app, "GET", "/it", token="alice")).body
        answer = await ask(app, "GET", "/it", token="carol")
        assert answer.status == 200
        assert answer.body
        return b"31415" in answer.body

    whole, twin = FastAPI(), FastAPI()
    for app in (whole, twin):
        app.add_api_route("/it", endpoint, dependencies=[Requires()], **given)
    await two_sided_async(attack, whole=protect(whole), twin=protect(twin, kind=Twin, without="fields"))


async def test_a_stream_of_the_app_is_closed_with_ours() -> None:
    """Its `finally` runs when the client goes."""
    closed: list[bool] = []

    async def drawn() -> AsyncIterator[Staff]:
        try:
            yield bob()
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    shown = NOBODY.of(drawn())
    assert "salary" not in (await anext(shown)).model_dump()
    await shown.aclose()
    assert closed == [True]


class Login(BaseModel):
    password: str = "hunter2"
    hint: Annotated[str, Visible("a:x")] = "h"


class Holds(BaseModel):
    login: Secret[Login]


async def test_what_pydantic_masks_stays_masked_and_is_guarded_when_sent() -> None:
    """For those who may read it as for those who may not."""
    app = FastAPI()

    @app.get("/it", dependencies=[Requires()])
    async def read() -> Holds:
        return Holds(login=Secret(Login()))

    @app.post("/it", dependencies=[Requires()])
    async def write(sent: Holds) -> str:
        return sent.login.get_secret_value().hint

    protect(app)
    for token in ("alice", "carol"):
        assert (await ask(app, "GET", "/it", token=token)).body == b'{"login":"**********"}'
    sent = {"login": {"hint": "evil"}}
    refused = await ask(app, "POST", "/it", token="carol", json_body=sent)
    assert (refused.status, refused.code) == (403, "field-forbidden")
    assert refused.problem["detail"] == "This account may not send the field login.hint."
    assert (await ask(app, "POST", "/it", token="alice", json_body=sent)).body == b'"evil"'


async def test_what_cannot_be_written_without_it_is_not_written() -> None:
    """Of an object that pydantic does not know, nothing may be shown in another shape."""
    with pytest.raises(TypeError, match="Row holds a model with guarded fields"):
        NOBODY.of({"row": Row(staff=bob(), token="hunter2")})
    with pytest.raises(TypeError, match="Pairs holds"):
        NOBODY.of([Pairs([bob()])])
    plain = Row(name="x")
    assert NOBODY.of(plain) is plain
    loop = Row(staff=None)
    vars(loop)["loop"] = loop
    assert NOBODY.of(loop) is loop
    assert PLAIN.of(Row(staff=bob()))["staff"].model_dump() == {"name": "bob", "role": "reader"}


class Team(BaseModel):
    members: list[Staff] = []

    @computed_field  # type: ignore[prop-decorator]
    @cached_property
    def total(self) -> int:
        return sum(each.salary for each in self.members)

    @computed_field  # type: ignore[prop-decorator]
    @cached_property
    def size(self) -> int:
        return len(self.members)


async def test_what_was_worked_out_for_one_caller_is_not_told_to_the_next() -> None:
    """A route that names the model does not start; where it does not, it is worked out of what is shown."""
    team = Team(members=[bob()])
    assert (team.total, team.size) == (31415, 1)
    shown = NOBODY.of(team)
    assert not {"total", "size"} & set(shown.__dict__)
    assert shown.size == 1
    with pytest.raises(TypeError):
        assert shown.total
    app = FastAPI()

    @app.get("/it", dependencies=[Requires()])
    async def it() -> dict[str, Any]:
        return {"team": team}

    protect(app)
    for token, status in (("carol", 500), ("alice", 200), ("carol", 500)):
        answer = await ask(app, "GET", "/it", token=token)
        assert (answer.status, b"31415" in answer.body) == (status, status == 200)


@dataclass
class Crew:
    """A dataclass that remembers."""

    members: list[Staff]

    @cached_property
    def total(self) -> int:
        return sum(each.salary for each in self.members)


def test_a_dataclass_forgets_too() -> None:
    """The same of records."""
    crew = Crew(members=[bob()])
    assert crew.total == 31415
    assert "total" not in vars(NOBODY.of(crew))
    assert crew.total == 31415


class Node(BaseModel):
    """Knows where it stands, and does not say so."""

    label: Annotated[str, Visible("a:x")] = "l"
    parent: "Node | None" = Field(default=None, exclude=True)
    children: list["Node"] = []

    @computed_field  # type: ignore[prop-decorator]
    @property
    def depth(self) -> int:
        return self.parent.depth + 1 if self.parent else 0


def family(children: int) -> Node:
    root = Node()
    root.children += [Node(parent=root) for _ in range(children)]
    return root


async def test_a_model_that_leads_back_to_where_it_stands_is_written() -> None:
    """As it is without Buckler; and by the way back there is nothing more to be seen."""
    app, root = FastAPI(), family(2)

    @app.get("/it", dependencies=[Requires()])
    async def it() -> Node:
        return root

    protect(app)
    leaf: dict[str, Any] = {"children": [], "depth": 1}
    shown = json.loads((await ask(app, "GET", "/it", token="carol")).body)
    assert shown == {"children": [leaf, leaf], "depth": 0}
    assert b"label" in (await ask(app, "GET", "/it", token="alice")).body
    copied = NOBODY.of(root)
    assert copied.children[0].parent is copied
    assert "label" not in copied.model_dump()
    assert "label" not in copied.children[1].parent.model_dump()
    assert root.children[0].parent is root


def test_each_model_is_looked_at_once() -> None:
    """However many lead to it: else a graph of them would take for ever."""
    node = Node()
    for _ in range(60):
        node = Node.model_construct(label="l", parent=node, children=[node])
    assert is_hidden(NOBODY.of(node).parent.children[0].label)


async def test_permissions_in_any_kind_of_set_are_taken() -> None:
    """An app's own authenticator may give a plain one."""
    directory = Directory()
    directory.callers["eve"] = Principal("eve", "eve", permissions={"z:z"})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    app = FastAPI()

    @app.get("/it", dependencies=[Requires()])
    async def it() -> Staff:
        return bob()

    protect(app, authenticator=directory)
    answer = await ask(app, "GET", "/it", token="eve")
    assert (answer.status, json.loads(answer.body)) == (200, {"name": "bob", "role": "reader"})
