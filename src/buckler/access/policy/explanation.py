"""Why a request is allowed or refused, as frozen data and as text."""

from dataclasses import dataclass
from typing import Final, Literal

Decision = Literal["allowed", "refused", "depends"]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is asked, and what came of it."""

    what: str
    where: str | None
    """File and line of what asks it; None where no line does."""
    holds: bool | None
    """None where only a request can tell, or where it is not asked here."""
    why: str

    def __str__(self) -> str:
        mark = {True: "yes", False: "NO", None: "?"}[self.holds]
        place = f"  ({self.where})" if self.where else ""
        return f"{mark:<4}{self.what}{place}: {self.why}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What `Buckler.explain()` returns: what such a request would meet. Its text tells the same in lines."""

    method: str
    path: str
    caller: str
    """In words."""
    route: str | None
    """The path of the chosen route as it is declared; None where none is."""
    decision: Decision
    """`depends` where a condition, or whose an object is, decides."""
    status: int | None
    """Of the refusal; None where there is none."""
    code: str | None
    """That of the refusal, as its problem document and the log have it."""
    steps: tuple[Step, ...]
    sufficient_roles: tuple[str, ...]
    """The roles of which each alone would be enough, but for what depends."""

    def __str__(self) -> str:
        lines = [f"{self.method} {self.path} as {self.caller}", *(f"  {step}" for step in self.steps)]
        return "\n".join([*lines, self.verdict()])

    def verdict(self) -> str:
        """The decision in a line."""
        if self.decision == "refused":
            told = f"Refused: {self.status} {self.code}."
        elif self.decision == "depends":
            open_steps = [step.what for step in self.steps if step.holds is None and step.what.startswith(DECIDING)]
            told = f"Depends on {', and on '.join(open_steps)}."
        else:
            told = "Allowed."
        if self.decision == "refused" and self.route is not None and self.status in (401, 403):
            roles = ", ".join(self.sufficient_roles)
            told += f" Would do: {roles}." if roles else " No role alone would do."
        return told


OWNER: Final = "the owner of "
CONDITION: Final = "condition "
TENANT: Final = "the tenant of "
DECIDING: Final = (CONDITION, OWNER, TENANT)
"""How the steps begin on which a decision may depend."""
