"""Attacks of the family `resources`: how much may one caller use, and how often?"""

from typing import Final

from buckler.drill.attack import Attack
from buckler.drill.attacks.resources import (
    costly_question,
    large_body,
    many_fields,
    page_size,
    races,
    unlimited_asking,
)

RESOURCES: Final[tuple[Attack, ...]] = (
    large_body.ATTACK,
    many_fields.ATTACK,
    page_size.ATTACK,
    costly_question.ATTACK,
    unlimited_asking.ATTACK,
    races.ATTACK,
)
