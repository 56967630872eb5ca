"""Attacks of the family `tokens`: who is taken for whom, and for how long."""

from typing import Final

from buckler.drill.attack import Attack
from buckler.drill.attacks.tokens import (
    after_change,
    after_logout,
    expired,
    key_in_header,
    kinds,
    predictable,
    public_key_as_secret,
    refresh_replay,
    unbound_claims,
    unsigned,
    weak_secret,
)

TOKENS: Final[tuple[Attack, ...]] = (
    unsigned.ATTACK,
    public_key_as_secret.ATTACK,
    key_in_header.ATTACK,
    weak_secret.ATTACK,
    expired.ATTACK,
    unbound_claims.ATTACK,
    kinds.ATTACK,
    after_logout.ATTACK,
    refresh_replay.ATTACK,
    predictable.ATTACK,
    after_change.ATTACK,
)
