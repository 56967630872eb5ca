"""Models with guarded fields, as the tests of fields need them."""

from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, RootModel

from buckler import Visible
from buckler.input import StrictModel

Member = TypeVar("Member")


class Staff(BaseModel):
    """Salaries are for holders of `a:x`, and set by holders of `b:y`; a role is seen by all, and set by `b:y`."""

    name: str
    salary: Annotated[int, Visible("a:x", write="b:y")] = 30
    role: Annotated[str, Visible("anybody", write="b:y")] = "reader"


class Team(BaseModel):
    title: str = "team"
    lead: Staff | None = None
    members: list[Staff] = []
    by_desk: dict[str, Staff] = {}
    anything: Any = None


class Tree(BaseModel):
    """Holds itself."""

    label: Annotated[str, Visible("a:x")]
    children: list["Tree"] = []


class Person(BaseModel):
    kind: Literal["person"] = "person"
    phone: Annotated[str, Visible("a:x", write="anybody")] = "555"


class Robot(BaseModel):
    kind: Literal["robot"] = "robot"
    serial: str = "r2"


class Box(BaseModel, Generic[Member]):
    inside: Member
    count: Annotated[int, Visible("b:y")] = 1


class Crew(RootModel[list[Staff]]):
    pass


class Frozen(StrictModel):
    name: str = "f"
    salary: Annotated[int, Visible("a:x")] = 30


class Loose(BaseModel):
    """Takes more than it names, and keeps something to itself."""

    model_config = ConfigDict(extra="allow")
    salary: Annotated[int, Visible("a:x")] = 30
    _secret: str = PrivateAttr("kept")


class Renamed(BaseModel):
    """Sent and answered under another name."""

    salary: Annotated[int, Visible("a:x", write="b:y"), Field(alias="grossSalary")] = 30


class Described(BaseModel):
    """A guarded field that says more about itself."""

    salary: Annotated[int, Visible("a:x"), Field(description="Before taxes.", gt=0)]
    pet: Annotated[Robot | None, Visible("a:x")] = None


class Row:
    """As a row of a database: attributes, and no model."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


@dataclass
class Office:
    """A dataclass that holds a model."""

    lead: Staff
    floor: int = 1


Either = Annotated[Person | Robot, Field(discriminator="kind")]
