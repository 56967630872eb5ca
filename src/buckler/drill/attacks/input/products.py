"""Numbers that nobody sent: where an answer has one, it was computed."""

from buckler.randomness import number_below


class Product:
    """A product of two numbers, as it is asked for and as it comes out."""

    def __init__(self) -> None:
        self.one, self.other = 30_001 + 2 * number_below(30_000), 30_001 + 2 * number_below(30_000)

    @property
    def asked(self) -> str:
        """`a*b`."""
        return f"{self.one}*{self.other}"

    @property
    def answer(self) -> str:
        """What it is: nine or ten digits that stand in nothing by chance."""
        return str(self.one * self.other)

    @property
    def backwards(self) -> str:
        """The same from the end, which a calculator cannot tell."""
        return self.answer[::-1]
