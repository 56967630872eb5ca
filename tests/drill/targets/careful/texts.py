"""Types of text that careful models take: bounded, and of letters that one can see."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=r"^[^\p{C}]*$")]
"""One line."""

Text = Annotated[str, StringConstraints(max_length=4000, pattern=r"^(?:[^\p{C}]|[\n\t])*$")]
"""Some lines."""

Email = Annotated[
    str,
    StringConstraints(
        to_lower=True,
        max_length=120,
        pattern=r"^[A-Za-z0-9._%+-]{1,60}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$",
    ),
]
"""An address in ASCII, without blanks; letters in small."""

Key = Annotated[str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
"""The id of something."""

Password = Annotated[str, StringConstraints(min_length=1, max_length=128)]


class Strict(BaseModel):
    """Takes what it names, of the types it names, and nothing else."""

    model_config = ConfigDict(extra="forbid", strict=True)
