"""Numbers with ends: what fits the column, what is finite, and amounts that are exact."""

from decimal import Decimal
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from buckler import ConfigurationError
from buckler.input import Count, Finite, Int32, Int64, Key, Money, Percent, money_of
from tests.input.twin import kinds_of, taking, value_of
from tests.proof import two_sided

ENDS: tuple[tuple[Any, int, int], ...] = (
    (Int32, -(2**31), 2**31 - 1), (Int64, -(2**63), 2**63 - 1), (Count, 0, 2**31 - 1), (Key, 1, 2**63 - 1),
)  # fmt: skip
SIGNED = Annotated[Decimal, money_of(digits=6, scale=2, negative=True)]


@pytest.mark.asvs("1.4.2", "2.2.1")
@pytest.mark.parametrize(("kind", "least", "most"), ENDS)
def test_a_whole_number_fits_its_column(kind: Any, least: int, most: int) -> None:
    """Its ends are taken; what would overflow behind them is not."""

    def attack(kind: Any) -> bool:
        return all(taking(kind)(beyond) for beyond in (least - 1, most + 1, 10**30, 10**400, str(most + 1)))

    two_sided(attack, whole=kind, twin=int)
    assert value_of(kind, least) == least
    assert value_of(kind, str(most)) == most
    assert not any(taking(kind)(beyond) for beyond in (least - 1, most + 1, 10**30, 10**400, str(least - 1)))


@pytest.mark.asvs("1.4.2")
@pytest.mark.parametrize("kind", [Finite, Percent])
@pytest.mark.parametrize(
    "number", [float("nan"), float("inf"), float("-inf"), 1e308, "NaN", "1e309", "-Infinity", 1e300]
)
def test_a_number_is_finite(kind: Any, number: object) -> None:
    """NaN is neither more nor less than any bound, and infinity passes most of them."""

    def attack(kind: Any) -> bool:
        return taking(kind)(number)

    two_sided(attack, whole=kind, twin=float)


def test_a_share_is_of_a_hundred() -> None:
    """Neither more nor less."""
    assert (value_of(Percent, 0), value_of(Percent, 99.5), value_of(Percent, 100)) == (0, 99.5, 100)
    assert not taking(Percent)(100.1)
    assert not taking(Percent)(-0.1)
    assert value_of(Finite, -0.0) == 0


@pytest.mark.parametrize(
    ("sent", "amount"),
    [
        ("0", "0"),
        ("12.50", "12.50"),
        ("12.5", "12.5"),
        (12, "12"),
        ("9999999999999.99", "9999999999999.99"),
        (Decimal("1.10"), "1.10"),
    ],
)
def test_an_amount_is_exact(sent: object, amount: str) -> None:
    """As it was written, there and back."""
    taken = value_of(Money, sent)
    assert str(taken) == amount
    assert TypeAdapter[Any](Money).dump_json(taken) == f'"{amount}"'.encode()


@pytest.mark.asvs("1.4.2", "2.2.1")
@pytest.mark.parametrize(
    "sent",
    ["1e3", "1E400", "NaN", "sNaN", "Infinity", "-1", "-0", "+1", " 1", "1 ", "1_000", "\u0661\u0662", "\uff11",
     "01", "1.",
     "1.234", "10000000000000", 10**13, -1, "1" * 5000, 0.1 + 0.2, 12.5, float("nan")],
    ids=lambda sent: ascii(sent)[:20],
)  # fmt: skip
def test_what_is_no_exact_amount_is_refused(sent: object) -> None:
    """Floats, exponents, other digits, signs, too many digits: `Decimal` takes each of them."""

    def attack(kind: Any) -> bool:
        return taking(kind)(sent)

    two_sided(attack, whole=Money, twin=Annotated[Any, object()])
    assert kinds_of(Money, sent) == ["money"]


def test_amounts_may_be_signed_where_they_are_asked_to() -> None:
    """Refunds, say."""
    assert value_of(SIGNED, "-12.50") == Decimal("-12.50")
    assert value_of(SIGNED, -9999) == -9999
    assert not taking(SIGNED)(-10000)
    assert not taking(SIGNED)(Decimal("0.001"))
    assert value_of(Annotated[Decimal, money_of(digits=3, scale=0)], "999") == 999
    assert not taking(Money)(Decimal("-0.01"))
    assert not taking(Money)(True)


@pytest.mark.parametrize("bounds", [{"digits": 2}, {"digits": 40}, {"scale": -1}])
def test_an_amount_that_no_column_holds_is_refused_when_it_is_written(bounds: dict[str, int]) -> None:
    """The message says which would do."""
    with pytest.raises(ConfigurationError, match="NUMERIC"):
        money_of(**bounds)


@given(st.decimals(min_value=0, max_value=Decimal("9999999999999.99"), places=2))
def test_every_amount_comes_back_as_it_went(amount: Decimal) -> None:
    """Through JSON."""
    adapter = TypeAdapter[Any](Money)
    assert adapter.validate_json(adapter.dump_json(abs(amount))) == abs(amount)


def test_the_document_shows_the_ends() -> None:
    """And what fits 32 and 64 bits."""
    shown = TypeAdapter[Any](Count).json_schema()
    assert shown == {"type": "integer", "minimum": 0, "maximum": 2**31 - 1, "format": "int32"}
    text, whole = TypeAdapter[Any](Money).json_schema()["anyOf"]
    assert text["pattern"] == r"^(?:0|[1-9][0-9]{0,12})(?:\.[0-9]{1,2})?$"
    assert whole == {"type": "integer", "minimum": 0, "maximum": 10**13 - 1, "format": "int64"}
    assert TypeAdapter[Any](Money).json_schema(mode="serialization") == {**text, "examples": ["1.50"]}
