"""Proof from both sides: an attack that succeeds where the defence is left out and fails where it is in.

    async def test_a_token_signed_with_the_public_key_is_refused() -> None:
        async def attack(app: App) -> bool:
            return (await ask(app, forged)).status == 200

        await two_sided_async(attack, whole=whole_app, twin=app_without_it)

A test that never saw its attack succeed proves nothing: a claim of a standard's requirement
(`@pytest.mark.asvs("9.1.1")`) stands only where one of these two ran.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

Target = TypeVar("Target")

_seen: list[str] = []


def two_sided(attack: Callable[[Target], bool], *, whole: Target, twin: Target) -> None:
    """Run `attack`, which says whether it succeeded, on the twin (it must) and on the whole (it must not)."""
    _judge(attack, twin=attack(twin), whole=attack(whole))


async def two_sided_async(attack: Callable[[Target], Awaitable[bool]], *, whole: Target, twin: Target) -> None:
    """The same for an attack that waits."""
    _judge(attack, twin=await attack(twin), whole=await attack(whole))


def stopped_by(error: type[Exception], act: Callable[[], object]) -> bool:
    """Whether `act` is stopped by `error`: for attacks on a call that raises instead of answering."""
    try:
        act()
    except error:
        return True
    return False


def take_proofs() -> list[str]:
    """The attacks proved since the last call. For the plugin that writes the evidence down."""
    taken = _seen.copy()
    _seen.clear()
    return taken


def _judge(attack: Callable[[Target], object], *, twin: object, whole: object) -> None:
    name = getattr(attack, "__qualname__", repr(attack))
    # `is`, not truth: an attack that returns None, or a coroutine nobody awaited, has shown nothing.
    assert twin is True, f"{name} answered {twin!r} on the twin: it must succeed there, or it proves nothing"
    assert whole is False, f"{name} answered {whole!r} on the whole: the defence did not stop it"
    _seen.append(name)
