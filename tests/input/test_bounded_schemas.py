"""Bounds are given to every kind of schema, once, and what nobody knows is refused."""

import pytest
from pydantic import (
    BaseModel,
    ConfigDict,
)
from pydantic_core import core_schema as core

from buckler import ConfigurationError
from buckler.input.bounds import bounded
from tests.input.test_bounds import LONG, Cat, Pair, holding
from tests.input.twin import taking


def test_a_kind_that_nobody_knows_is_refused_when_the_class_is_made() -> None:
    """Fail closed: the message names the model, the kind and what to do."""
    with pytest.raises(ConfigurationError, match=r"Cat has a field of pydantic's kind 'new'.*another type"):
        bounded({"type": "new"}, Cat, strict=True)


def test_bounds_are_given_once() -> None:
    """Walked through again, a schema stays as it is."""
    for schema in (core.str_schema(), core.date_schema(), core.list_schema(core.int_schema()), core.url_schema()):
        once = bounded(schema, Cat, strict=True)
        assert bounded(once, Cat, strict=True) == once


def test_a_name_that_others_refer_to_stays() -> None:
    """Also where something of ours stands around it."""
    made = bounded(core.str_schema(ref="name"), Cat, strict=True)
    assert (made["type"], made["ref"], "ref" in made["steps"][0]) == ("chain", "name", False)


def test_other_models_keep_their_own() -> None:
    """A model that is not ours was written so."""

    class Lax(BaseModel):
        model_config = ConfigDict(extra="allow")

        number: int

    assert taking(holding(Lax))({"value": {"number": "5", "more": LONG}})


def test_arguments_and_labelled_choices_are_reached() -> None:
    """As older releases of pydantic write named tuples, and unions that say which choice it was."""
    call = core.call_schema(core.arguments_schema([core.arguments_parameter("text", core.str_schema())]), Pair)
    made = bounded(call, Cat, strict=True)["arguments_schema"]["arguments_schema"][0]
    assert (made["name"], made["schema"]["type"]) == ("text", "chain")
    (choice,) = bounded(core.union_schema([(core.bytes_schema(), "label")]), Cat, strict=True)["choices"]
    assert choice == ({"type": "bytes", "max_length": 10_000}, "label")


def test_what_is_being_made_is_left_to_its_own_walk() -> None:
    """It cannot be found yet."""

    def resolve(_: object) -> object:
        raise LookupError

    reference = core.definition_reference_schema("other")
    assert bounded(reference, Cat, strict=True, resolve=resolve) == reference


@pytest.mark.parametrize("sent", ["no number", 10**400])
def test_what_is_no_complex_number_is_refused(sent: object) -> None:
    """By pydantic where it is none, by us where it is too large for one."""
    assert not taking(holding(complex))({"value": sent})
