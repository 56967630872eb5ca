"""Whether an app fails at an odd request and at nothing else: what two attacks have in common."""

from collections.abc import Awaitable, Callable
from typing import Final

from buckler.drill.attacks.aiming.aim import Aim
from buckler.drill.attacks.aiming.sending import renewed, send, understood
from buckler.drill.engagement import Engagement
from buckler.drill.transport.answer import NOTHING, Answer, Exchange

_GAVE_UP: Final = ("the app raised", "the app sent no answer", "RemoteProtocolError", "ReadError")
"""How an answer that never came is told, where it is the app that failed."""


def crashed(answer: Answer) -> bool:
    """Whether the app failed: a 500, or it let go of the connection. That one waited in vain is something else."""
    return answer.status in (500, 502) or (answer.status == NOTHING and answer.failure.startswith(_GAVE_UP))


async def fails_alone(
    on: Engagement, aim: Aim, ask: Callable[[], Awaitable[Exchange | None]]
) -> tuple[Exchange, Exchange] | None:
    """The failure and a control, where the plain request goes on to be understood and the odd one fails once more."""
    first = await ask()
    if first is None or not crashed(first.answer):
        return None
    control = await send(on, aim, await renewed(on, aim))
    if crashed(control.answer) or not understood(aim, control):
        return None
    second = await ask()
    return (second, control) if second is not None and crashed(second.answer) else None


def how(answer: Answer) -> str:
    """What became of it, in words."""
    return f"status {answer.status}" if answer.status else "no answer at all"
