"""How grave a flaw is: the word of the advisory, or the base score of its vector (CVSS 3.1, section 7.1)."""

import re
from collections.abc import Iterable
from typing import Final, Literal

Level = Literal["unknown", "low", "medium", "high", "critical"]
LEVELS: Final[tuple[Level, ...]] = ("unknown", "low", "medium", "high", "critical")
_WORDS: Final[dict[str, Level]] = {
    "low": "low",
    "moderate": "medium",
    "medium": "medium",
    "high": "high",
    "critical": "critical",
}
_METRICS: Final[dict[str, dict[str, float]]] = {
    "AV": {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2},
    "AC": {"L": 0.77, "H": 0.44},
    "UI": {"N": 0.85, "R": 0.62},
    "C": {"H": 0.56, "L": 0.22, "N": 0},
    "I": {"H": 0.56, "L": 0.22, "N": 0},
    "A": {"H": 0.56, "L": 0.22, "N": 0},
}
_PRIVILEGES: Final[dict[str, dict[str, float]]] = {
    "U": {"N": 0.85, "L": 0.62, "H": 0.27},
    "C": {"N": 0.85, "L": 0.68, "H": 0.5},
}
"""By the scope: whether the flaw reaches beyond what has it."""
_STEPS: Final[tuple[tuple[float, Level], ...]] = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"))


def level_of(word: object, vectors: Iterable[str]) -> Level:
    """The word of whoever reviewed it; else the gravest of the scores; else `unknown`."""
    if isinstance(word, str) and word.lower() in _WORDS:
        return _WORDS[word.lower()]
    scores = [score for score in map(base_score, vectors) if score is not None]
    return _level(max(scores)) if scores else "unknown"


def counts(level: Level, least: Level) -> bool:
    """Whether a flaw is at least so grave. One of which nobody says how grave it is may be: fail closed."""
    return level == "unknown" or LEVELS.index(level) >= LEVELS.index(least)


def gravest(levels: Iterable[Level]) -> Level:
    """The highest of them; what is known counts before what is not."""
    return max(levels, key=LEVELS.index)


def base_score(vector: str) -> float | None:
    """Of a vector of CVSS 3; None for other versions and for what is no vector."""
    if not re.match(r"CVSS:3\.[01]/", vector):
        return None
    told = {name: value for name, _, value in (part.partition(":") for part in vector.split("/")[1:])}
    try:
        changed = {"U": False, "C": True}[told["S"]]
        metric = {name: weights[told[name]] for name, weights in _METRICS.items()}
        privileges = _PRIVILEGES[told["S"]][told["PR"]]
    except KeyError:
        return None
    lost = 1 - (1 - metric["C"]) * (1 - metric["I"]) * (1 - metric["A"])
    impact = 7.52 * (lost - 0.029) - 3.25 * (lost - 0.02) ** 15 if changed else 6.42 * lost
    if impact <= 0:
        return 0.0
    ease = 8.22 * metric["AV"] * metric["AC"] * privileges * metric["UI"]
    return _up(min((1.08 if changed else 1) * (impact + ease), 10))


def _up(score: float) -> float:
    """To one decimal, upwards, without what floating point adds (CVSS 3.1, appendix A)."""
    whole = round(score * 100_000)
    return whole / 100_000 if whole % 10_000 == 0 else (whole // 10_000 + 1) / 10


def _level(score: float) -> Level:
    for least, level in _STEPS:
        if score >= least:
            return level
    return "low"
