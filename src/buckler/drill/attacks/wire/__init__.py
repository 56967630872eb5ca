"""Attacks of the family `wire`: what a server makes of bytes that no client would send."""

from typing import Final

from buckler.drill.attack import Attack
from buckler.drill.attacks.wire import (
    banner,
    hosts,
    message_length,
    odd_fields,
    plain_http,
    slow_bodies,
    slow_heads,
    transport_security,
)

WIRE: Final[tuple[Attack, ...]] = (
    message_length.ATTACK,
    hosts.ATTACK,
    odd_fields.ATTACK,
    slow_heads.ATTACK,
    slow_bodies.ATTACK,
    transport_security.ATTACK,
    plain_http.ATTACK,
    banner.ATTACK,
)
