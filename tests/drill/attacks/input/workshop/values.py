"""What the routes of the workshop take."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

Text = Annotated[str, Field(max_length=10_000)]
Line = Annotated[str, Query(max_length=300)]


class Said(BaseModel):
    """A text."""

    text: Text


class Who(BaseModel):
    """A name and a password."""

    name: Text
    password: Text
