"""Who is played in an app now: the caller of the innermost block that is open."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import Lock
from typing import Final, TypeVar

from buckler.access.callers.credential import Authentication
from buckler.access.guard.open_connections import OpenConnections
from buckler.defence import only
from buckler.principal import Principal
from buckler.testing.grounds import Grounds, stage

Caller = TypeVar("Caller", Principal, None)

_CHANGING: Final = Lock()
"""Held while a block begins or ends: tests may run in threads."""


@contextmanager
def playing(grounds: Grounds, caller: Caller) -> Generator[Caller, None, None]:
    """One block, in which `caller` is played: a caller, or None for nobody.

    Raises `RuntimeError` for blocks that cross.
    """
    block = _Block(caller)
    with _CHANGING:
        cast = _cast_of(grounds)
        cast.begin(block)
    try:
        yield caller
    finally:
        with _CHANGING:
            was_innermost = cast.end(block)
    if not was_innermost:
        raise RuntimeError(
            "acting_as: two blocks of one app crossed, so requests of the one may have been those of the other's"
            " caller. Let one end before the next begins, or nest them."
        )


class _Block:
    """One `with`. Compared by identity: two blocks may play the same caller."""

    def __init__(self, caller: Principal | None) -> None:
        self.caller = caller
        self._stage = stage()

    @property
    def is_on(self) -> bool:
        """Whether the test that opened it runs, in the process that did."""
        now = stage()
        return now is not None and now == self._stage


class _Cast:
    """The open blocks of one app, the innermost last."""

    def __init__(self, authentication: Authentication, connections: OpenConnections | None) -> None:
        self._authentication = authentication
        self._connections = connections
        self._judge: Callable[[Principal], bool] = connections.may_go_on if connections is not None else bool
        self._blocks: tuple[_Block, ...] = ()

    def __call__(self) -> Principal | None:
        """Who calls without a credential. What another test left open, or another process, plays nobody here."""
        blocks = self._blocks  # once: a block may end meanwhile, in another thread
        return next((block.caller for block in reversed(blocks) if block.is_on), None)

    def begin(self, block: _Block) -> None:
        self._blocks = (*self._blocks, block)
        self._authentication.stand_in = self
        if self._connections is not None:
            self._connections.may_go_on = self._may_go_on

    def end(self, block: _Block) -> bool:
        """Whether the block was the innermost. With the last one all is as it was before the first."""
        was_innermost = self._blocks[-1] is block
        self._blocks = tuple(each for each in self._blocks if each is not block)
        if not self._blocks:
            self._authentication.stand_in = None
            if self._connections is not None:
                self._connections.may_go_on = self._judge
        return was_innermost

    def _may_go_on(self, principal: Principal) -> bool:
        """No session and no account stands behind a caller who is played, so none of them can end."""
        return any(block.caller is principal and block.is_on for block in self._blocks) or self._judge(principal)


def _cast_of(grounds: Grounds) -> _Cast:
    standing = grounds.authentication.stand_in
    if isinstance(standing, _Cast):
        return standing
    return _Cast(grounds.authentication, only(OpenConnections, grounds.installed.parts))
