"""What stands in the table for the declaration of a route that has none, of an app on trial (`edge/trial.py`).

Such a route asks nobody who is calling, as before. `guard/undeclared.py` refuses at it, and the trial lifts that
refusal until its day is past.
"""

from buckler.access.declarations.declaration import Publicity


class Undeclared(Publicity):
    """Says that nothing was said."""

    def __str__(self) -> str:
        return "(undeclared)"
