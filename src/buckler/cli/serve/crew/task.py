"""What a worker is told by its supervisor, over the channel alone: nothing of it is for other eyes."""

from dataclasses import asdict, dataclass
from pathlib import Path

from buckler.cli.serve.crew.channel import Line
from buckler.cli.serve.tls.certificates import CertificateFiles
from buckler.cli.target import Surroundings


@dataclass(frozen=True, slots=True)
class Task:
    """Which app to serve, in which surroundings, on which sockets, and what only the supervisor can know."""

    number: int
    app: str | None
    environment: str
    data: str
    origin: str | None
    processes: int
    secure: int
    plain: int
    certificate: str
    key: str
    brought: bool
    """Whether the certificate is the operator's own, and so must cover the origin."""
    drains: bool
    """Whether it goes on serving for a while after it was told to end; not where an author waits for a change."""
    code: str | None
    """The one-time code of the first administrator, which the first worker made and every later one takes."""
    code_ends: float
    """When it is void, on the clock that never jumps back: all processes of a machine have the same."""

    @classmethod
    def read(cls, line: Line) -> "Task":
        """The task in a line of the channel."""
        return cls(**line)

    def line(self) -> Line:
        """The same as a line."""
        return asdict(self)

    @property
    def surroundings(self) -> Surroundings:
        """What the app finds."""
        return Surroundings(self.environment, Path(self.data), self.origin, self.processes)

    @property
    def files(self) -> CertificateFiles:
        """The certificate and its key."""
        return CertificateFiles(Path(self.certificate), Path(self.key))
