"""The service without some of its defences, as the tests of twins make it."""

from dataclasses import dataclass
from functools import partial


@dataclass(frozen=True, slots=True)
class Without:
    """Everything but the defences of these names."""

    defences: tuple[str, ...]

    def make(self) -> None:
        """The service is built without them, which fails where there is no such defence."""
        from buckler.service import app
        from tests.mutants.fewer import Fewer

        app.Buckler = partial(Fewer, without=self.defences)  # type: ignore[assignment, misc]

    def check(self) -> None:
        """It was seen to when the service was built."""


@dataclass(frozen=True, slots=True)
class Shared:
    """Everybody's objects are everybody's. Without any ownership nothing would be handed over at all."""

    def make(self) -> None:
        """The service is built with the twin of ownership."""
        from buckler.service import app
        from tests.twins.test_ownership_twins import Shared as SharedTwin

        app.Buckler = partial(SharedTwin, without="ownership")  # type: ignore[assignment, misc]

    def check(self) -> None:
        """It was seen to when the service was built."""
