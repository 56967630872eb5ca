"""A password on its way in: read in one place, seen nowhere else."""

import copy
import json
import pickle
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from buckler import ConfigurationError
from buckler.input import Password, StrictModel, password_of
from buckler.redact import redacted
from tests.input.harmless import HARMLESS
from tests.input.twin import kinds_of, value_of
from tests.proof import two_sided

CANARY = "canary in a coal mine"


class Changing(StrictModel):
    """With a password in it."""

    name: str
    password: Password


class ChangingPlainly(StrictModel):
    """The twin: the same with a text."""

    name: str
    password: Annotated[str, Field(min_length=1, max_length=256)]


Show = Callable[[Any], str]
SHOWS: dict[str, Show] = {
    "repr": repr,
    "str": str,
    "format": lambda model: f"{model.password} {model.password!r} {model.password:>30}",
    "dump": lambda model: str(model.model_dump()),
    "json": lambda model: str(model.model_dump_json()),
    "json-able": lambda model: json.dumps(model.model_dump(mode="json")),
    "log": lambda model: str(redacted({"body": model, "inner": {"word": model.password}})),
}


@pytest.mark.asvs("16.2.5")
@pytest.mark.parametrize("show", SHOWS.values(), ids=SHOWS)
def test_a_password_is_shown_nowhere(show: Show) -> None:
    """Stars, wherever a model with it ends up."""

    def attack(kind: type[StrictModel]) -> bool:
        return CANARY in show(kind.model_validate({"name": "ada", "password": CANARY}))

    two_sided(attack, whole=Changing, twin=ChangingPlainly)


@pytest.mark.parametrize(
    "sent", [CANARY * 50, CANARY + "\ud800", [CANARY], {"a": CANARY}], ids=["long", "half", "list", "dict"]
)
def test_no_error_about_a_password_has_it(sent: object) -> None:
    """Neither in its text nor in what it says was sent."""

    def attack(kind: type[StrictModel]) -> bool:
        try:
            kind.model_validate({"name": "ada", "password": sent})
        except ValidationError as error:
            return CANARY in f"{error} {error.errors()!r}"
        return False

    two_sided(attack, whole=Changing, twin=ChangingPlainly)


def test_a_password_is_read_where_it_is_asked_for() -> None:
    """As it was typed: nothing cut, stripped or normalised."""
    for typed in (*HARMLESS, " spaces ", "tab\tand\x00nul", "e\u0301", "x"):
        assert value_of(Password, typed).reveal() == typed
    assert value_of(Password, given := Password("made here")) is given


@pytest.mark.parametrize(
    ("sent", "kind"),
    [("", "password_length"), ("x" * 257, "password_length"), ("\ud800", "password_text"), (5, "password_text"),
     (None, "password_text"), (b"bytes", "password_text")],
)  # fmt: skip
def test_what_is_no_password_is_refused(sent: object, kind: str) -> None:
    """In words of its own."""
    assert kinds_of(Password, sent) == [kind]


def test_other_lengths_are_taken_where_they_are_asked_for() -> None:
    """Codes are shorter; rules that explain themselves want to see what is too short."""
    code = Annotated[Password, password_of(longest=6, shortest=0)]
    assert value_of(code, "").reveal() == ""
    assert kinds_of(code, "1234567") == ["password_length"]
    for sent in ("1234567", 5):
        with pytest.raises(ValidationError) as caught:
            value_of(code, sent)
        assert "password" not in caught.value.errors()[0]["msg"].lower()  # what was sent was a code
    assert "minLength" not in TypeAdapter[Any](code).json_schema()
    with pytest.raises(ConfigurationError, match="shortest <= longest"):
        password_of(longest=257)


def test_a_password_cannot_be_pickled_and_a_copy_is_itself() -> None:
    """It would leave the process as plain text."""
    secret = Password(CANARY)
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert copy.copy(secret) is copy.deepcopy(secret) is secret
    assert secret != Password(CANARY)


def test_the_document_says_that_it_is_a_password() -> None:
    """Written, never read."""
    shown = TypeAdapter[Any](Password).json_schema()
    bounds = {"minLength": 1, "maxLength": 256, "examples": ["seven green lanterns"]}
    assert shown == {"type": "string", "format": "password", "writeOnly": True, **bounds}


def test_a_password_has_no_state() -> None:
    """Whoever pickles by hand gets none either."""
    with pytest.raises(TypeError, match="no state"):
        Password(CANARY).__getstate__()
