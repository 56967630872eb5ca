"""What a target is, beside its people: its routes, where it runs, and what its policy says."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from ssl import SSLContext

from buckler.drill.plan.declared import Truth
from buckler.drill.plan.document import Document


@dataclass(frozen=True, slots=True)
class Setting:
    """What an app is, beside its routes."""

    document: Document
    truth: Truth | None = None
    _: KW_ONLY
    writes: bool
    """Whether requests may change something."""
    development: bool = False
    """Whether the app says itself that it runs on the machine of its developer."""
    logged: Sequence[str] = ()
    """Lines that the app logged, growing while it runs; in process only."""
    url: str = ""
    """Where a real server listens; empty in process."""
    trust: SSLContext | bool = True
    """By which certificates that server is trusted: those of this machine where it is True, any where False."""
    plain: str = ""
    """Where it also listens for plain HTTP, as far as that was told."""
    own_truth: Truth | None = None
    """What the app itself declares now, where `truth` is a policy file that was committed."""
