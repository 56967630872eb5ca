"""Attacks of the family `input`: what becomes of a value that is not what it should be."""

from typing import Final

from buckler.drill.attack import Attack
from buckler.drill.attacks.input import (
    code,
    commands,
    entities,
    fetching,
    header_lines,
    log_lines,
    odd_json,
    operators,
    paths,
    patterns,
    reflected_markup,
    sql,
    stored_markup,
    templates,
    told_errors,
    wrong_types,
)

INPUT: Final[tuple[Attack, ...]] = (
    sql.ATTACK,
    templates.ATTACK,
    commands.ATTACK,
    paths.ATTACK,
    entities.ATTACK,
    fetching.ATTACK,
    header_lines.ATTACK,
    log_lines.ATTACK,
    operators.ATTACK,
    patterns.ATTACK,
    reflected_markup.ATTACK,
    stored_markup.ATTACK,
    wrong_types.ATTACK,
    odd_json.ATTACK,
    told_errors.ATTACK,
    code.ATTACK,
)
