"""Reading forms: what they take, what is wrong with them, and what may be shown again."""

from typing import Annotated, Literal

import pytest
from pydantic import Field

from buckler.console.forms import WHOLE, fill
from buckler.console.refusals import told, told_wait
from buckler.console.view import gist
from buckler.errors import Refusal
from buckler.input import FormModel, Password, line_of


class Order(FormModel):
    """Has a field of each kind."""

    name: Annotated[str, line_of(longest=20)]
    secret: Password
    number: Annotated[int, Field(ge=1, le=9)] = 1
    size: Literal["small", "large"] = "small"
    tags: Annotated[list[str], Field(max_length=3)] = Field(default_factory=list)
    code: Password | None = None


def test_a_good_form_is_its_model() -> None:
    """Spaces around a text are gone, those of a password are not; an empty field is one that was left out."""
    pairs = [("name", " Ada "), ("secret", " x "), ("number", "3"), ("tags", "a"), ("tags", "b"), ("size", "")]
    filled = fill(Order, pairs)
    assert filled.model is not None
    assert (filled.model.name, filled.model.secret.reveal(), filled.model.tags) == ("Ada", " x ", ["a", "b"])
    assert (filled.model.size, filled.errors) == ("small", {})


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "Fill this in."),
        ("name", "x" * 21, "Write at most 20 characters."),
        ("secret", "", "Fill this in."),
        ("number", "ten", "Write a whole number in digits."),
        ("number", "10", "Write 9 or less."),
        ("size", "huge", "Choose one of those"),
        ("tags", "abcd", "cannot be taken"),
    ],
)
def test_what_is_wrong_stands_at_its_field(field: str, value: str, words: str) -> None:
    """And what was typed is kept, but for secrets."""
    good = {"name": "Ada", "secret": "hush hush", "number": "3"}
    pairs = [(name, text) for name, text in (good | {field: value}).items() if name != "tags"]
    filled = fill(Order, pairs + [("tags", each) for each in (value if field == "tags" else "")])
    assert filled.model is None
    assert words in filled.errors[field]
    assert "hush" not in repr(filled)
    assert "secret" not in filled.values


def test_a_code_is_kept_where_the_form_says_so() -> None:
    """A password never is, and no text of either is in what is written of a form."""
    pairs = [("name", ""), ("secret", "hush hush"), ("code", "7K2M4")]
    assert "code" not in fill(Order, pairs).values
    kept = fill(Order, pairs, frozenset({"code"}))
    assert (kept.values.get("code"), "secret" in kept.values) == ("7K2M4", False)
    assert "7K2M4" not in repr(kept)
    assert "code" not in kept.without(("code",)).values


def test_a_summary_says_how_a_mistake_begins() -> None:
    """All of it stands beside its field."""
    assert gist("This code is not good: it was mistyped, used, or over. Ask for another.") == "This code is not good."
    assert gist("At least 15 characters. Four words do well.") == "At least 15 characters."
    assert gist("Fill this in.") == "Fill this in."


def test_a_field_twice_and_a_field_that_is_not_there_are_faults_of_the_whole() -> None:
    """Neither name nor value of a stranger's field is told."""
    twice = fill(Order, [("name", "a"), ("name", "b"), ("secret", "x")])
    assert "came twice" in twice.errors[WHOLE]
    other = fill(Order, [("name", "a"), ("secret", "x"), ("is_admin", "yes")])
    assert other.whole == "This form has no such field. Fill it in here and send it again."
    assert "is_admin" not in repr(other)


def test_refusals_are_told_beside_the_field_that_a_form_has() -> None:
    """None of them as a challenge: a page asks again by itself."""
    refusal = Refusal(401, "sign-in-failed", "Name or password is wrong.", ((b"www-authenticate", b"Bearer"),))
    assert told(refusal, ("name",), own=False).status == 403
    assert told(refusal, ("name",), own=False).headers == {}
    assert "Sign in again" in told(refusal, ("name",), own=True).words
    weak = Refusal(422, "weak-password", "Too short.")
    assert told(weak, ("current", "new"), own=True).field == "new"
    assert told(weak, ("roles",), own=True).field is None


def test_waits_are_told_in_words() -> None:
    """Minutes are rounded up, so that nobody comes too early."""
    assert [told_wait(each) for each in ("0", "1", "59", "60", "61", "x")] == [
        "in 1 second", "in 1 second", "in 59 seconds", "in 1 minute", "in 2 minutes", "later",
    ]  # fmt: skip
