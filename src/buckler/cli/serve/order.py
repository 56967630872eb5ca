"""What was asked for on the command line, judged before anything is touched."""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from buckler.cli.options import DATA, Environment, environment_of
from buckler.cli.serve.sockets import PortChoice, is_loopback
from buckler.errors import ConfigurationError
from buckler.settings.sources import said

HOST: Final = "127.0.0.1"
PORT: Final = 8443
HTTP_PORT: Final = 8080
_UNNAMED: Final = (
    "No environment named means production; to try things on this machine alone: --environment development\n"
)


@dataclass(frozen=True, slots=True)
class Order:
    """Everything that `buckler serve` takes."""

    app: str | None
    host: str
    port: int
    http_port: int
    data: Path
    certificate: Path | None
    key: Path | None
    named: Environment | None
    check: bool
    workers: int = 1
    reload: bool = False

    @property
    def environment(self) -> Environment:
        """The one named, or what none means."""
        return environment_of(self.named, self.app)

    def judge(self) -> None:
        """Raises `ConfigurationError` for what cannot be served."""
        self._judge_host()
        self._judge_reload()
        self._judge_certificate()
        if self.port == self.http_port != 0:
            raise ConfigurationError(
                f"--port and --http-port are both {self.port}, and each needs a port of its own."
                f"\nChoose another for one of them: --http-port {_another(self.port, self.port)}"
            )

    def ports(self) -> tuple[PortChoice, PortChoice]:
        """The HTTPS port and the plain one, each with the commands that choose another."""
        secure, plain = _another(self.port, self.http_port), _another(self.http_port, self.port)
        return (
            PortChoice(self.port, self._remedy("--port", secure, f"PORT={secure}")),
            PortChoice(self.http_port, self._remedy("--http-port", plain, f"HTTP_PORT={plain}")),
        )

    def _judge_host(self) -> None:
        if self.environment == "development" and not is_loopback(self.host):
            raise ConfigurationError(
                f"--host {self.host} with development: there the docs and registration are open and secrets are made"
                " on the spot, so only this machine may reach it.\nServe on --host 127.0.0.1, or name production:"
                " --environment production with BUCKLER_ORIGIN, --certificate and --key."
            )

    def _judge_reload(self) -> None:
        if not self.reload:
            return
        if self.environment != "development":
            raise ConfigurationError(
                "--reload starts the app again whenever a file changes, for whoever writes it. In production leave it"
                " away, and send SIGHUP after a deployment; to try things on this machine: --environment development."
            )
        if self.workers > 1 or self.check:
            raise ConfigurationError(
                "--reload is for one worker that serves: leave out --workers and --check, or --reload."
            )

    def _judge_certificate(self) -> None:
        if self.environment == "production" and (self.certificate is None or self.key is None):
            origin = "" if said("origin", "production") else _ORIGIN
            raise ConfigurationError(
                f"{'' if self.named else _UNNAMED}Production needs --certificate and --key: clients elsewhere cannot"
                f" trust a certificate made here.{origin}{_TRY if self.named else ''}"
            )
        if (self.certificate is None) != (self.key is None):
            raise ConfigurationError("--certificate and --key belong together: give both or neither.")
        if self.environment == "production" and self.certificate is not None and self.key is not None:
            from buckler.cli.serve.tls.certificates import judge_key
            from buckler.cli.serve.tls.local_authority import is_made_here

            if is_made_here(self.certificate):
                raise ConfigurationError(
                    f"--certificate {self.certificate}: Buckler made it for this machine alone, and clients elsewhere"
                    " cannot trust it. In production bring one of an authority that they know, as Let's Encrypt."
                )
            judge_key(self.key)

    def _remedy(self, option: str, port: int, variable: str) -> str:
        """The same command with another port for `option`; nothing else that was given is lost."""
        given = self._given()
        ports = {name: value for name, value in given.items() if name.endswith("port") and name != option}
        words = [word for name, value in given.items() if name != option for word in (name, value)]
        words += ["--reload"] if self.reload else []
        command = shlex.join(["buckler", "serve", *([self.app] if self.app else []), *words, option, str(port)])
        if self.app is not None or self.reload or given.keys() - {"--port", "--http-port"}:
            return f"Choose another: {command}"
        rest = "".join(f" {_VARIABLES[name]}={value}" for name, value in ports.items())
        return f"Choose another: {command}   (make serve{rest} {variable})"

    def _given(self) -> dict[str, str]:
        """The options whose values are not the usual ones."""
        options = (
            ("--environment", self.named, None),
            ("--host", self.host, HOST),
            ("--data", self.data, DATA),
            ("--certificate", self.certificate, None),
            ("--key", self.key, None),
            ("--port", self.port, PORT),
            ("--http-port", self.http_port, HTTP_PORT),
            ("--workers", self.workers, 1),
        )
        return {name: str(value) for name, value, usual in options if value != usual}


_VARIABLES: Final = {"--port": "PORT", "--http-port": "HTTP_PORT"}
_ORIGIN: Final = "\nIt needs BUCKLER_ORIGIN too: where clients reach the app, as in https://api.example.com."
_TRY: Final = "\nTo try things on this machine alone: --environment development."


def _another(port: int, taken: int) -> int:
    """A port like `port` that is not `taken`."""
    step = 1000 if port < 64000 else -1000
    return port + step + (1 if port + step == taken else 0)
