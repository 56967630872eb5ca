"""Attacks of the family `accounts`: coming in without the right to, and keeping others out."""

from typing import Final

from buckler.drill.attack import Attack
from buckler.drill.attacks.accounts import (
    enumeration,
    enumeration_by_time,
    guessing,
    lock_out,
    look_alikes,
    reset_links,
    short_codes,
    told_codes,
    weak_passwords,
)

ACCOUNTS: Final[tuple[Attack, ...]] = (
    enumeration.ATTACK,
    enumeration_by_time.ATTACK,
    guessing.ATTACK,
    lock_out.ATTACK,
    reset_links.ATTACK,
    weak_passwords.ATTACK,
    short_codes.ATTACK,
    look_alikes.ATTACK,
    told_codes.ATTACK,
)
