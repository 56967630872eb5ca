"""The policy as a value: what pages may load and run, said once by the app (CSP level 3; ASVS 3.4.3, 3.4.6)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from buckler.edge.csp_sources import NONE, SELF, policy_names, sources
from buckler.errors import ConfigurationError

REPORTS: Final = "/_buckler/csp-reports"
"""Where browsers report to."""
GROUP: Final = "csp"
"""What the endpoint is called in the policy and in `Reporting-Endpoints`."""
_TOLD: Final = {
    True: f"; report-uri {REPORTS}; report-to {GROUP}".encode(),
    False: f"; report-uri {REPORTS}".encode(),
}
_NONCE: Final = b"\0"
_SOURCES: Final = (
    *("default_src", "script_src", "style_src", "img_src", "font_src", "connect_src", "media_src", "frame_src"),
    *("worker_src", "manifest_src", "form_action", "frame_ancestors"),
)
_Some = Sequence[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Csp:
    """What pages of this app may load and run: `Buckler(app, csp=Csp(img_src=["'self'", "data:"]))`.

    - Each directive is a list of sources: `'self'`, `'none'`, a host as `https://cdn.example.com`, for scripts and
      styles a hash. Without one `default_src` counts. `object-src` and `base-uri` are always `'none'`.
    - `frame_ancestors`: who may show these pages in a frame; nobody, unless named.
    - `trusted_types`: True where no script of the pages makes HTML from text, or the names of the policies that may.
    - `report_only`: why browsers report and stop nothing of it, in words; each start tells it as `sys_exemption`.
    - `reports`: whether browsers report to `/_buckler/csp-reports`, which writes `csp_violation` into the log.

    Raises `ConfigurationError` for what would let any script run. CSP level 3 section 6; ASVS 3.4.3, 3.4.6.
    """

    default_src: Sequence[str] = (SELF,)
    script_src: Sequence[str] = (SELF,)
    style_src: _Some = None
    img_src: _Some = None
    font_src: _Some = None
    connect_src: _Some = None
    media_src: _Some = None
    frame_src: _Some = None
    worker_src: _Some = None
    manifest_src: _Some = None
    form_action: Sequence[str] = (SELF,)
    frame_ancestors: Sequence[str] = (NONE,)
    trusted_types: Literal[True] | Sequence[str] | None = None
    report_only: str | None = None
    reports: bool = True
    _texts: tuple[bytes, bytes] = field(init=False, repr=False, compare=False)
    """Without a nonce, and with a gap for one. Both without where to report."""

    def __post_init__(self) -> None:
        for name in _SOURCES:
            given = getattr(self, name)
            if given is not None:
                object.__setattr__(self, name, sources(name, given))
        if self.trusted_types is not None and self.trusted_types is not True:
            object.__setattr__(self, "trusted_types", policy_names(self.trusted_types))
        self._judge_switches()
        object.__setattr__(self, "_texts", (self._text(), self._text(_NONCE.decode())))

    def text(self, nonce: str | None = None, *, secure: bool = True) -> bytes:
        """The value of the field. `secure`: over HTTPS, without which browsers know no endpoints of the Reporting API.

        One that reads `report-to` does not look at `report-uri`, so over plain HTTP only the second stands there.
        """
        text = self._texts[0] if nonce is None else self._texts[1].replace(_NONCE, nonce.encode("ascii"))
        return text + (_TOLD[secure] if self.reports else b"")

    @property
    def kept(self) -> bytes:
        """What is enforced of a policy that only reports."""
        return f"object-src 'none'; base-uri 'none'; frame-ancestors {' '.join(self.frame_ancestors)}".encode()

    @property
    def frame_options(self) -> bytes | None:
        """The same for browsers that do not know `frame-ancestors`; None where that cannot be said to them."""
        told = {NONE: b"DENY", SELF: b"SAMEORIGIN"}
        return told.get(self.frame_ancestors[0]) if len(self.frame_ancestors) == 1 else None

    def _judge_switches(self) -> None:
        if not isinstance(self.reports, bool):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigurationError(f"Csp(reports={self.reports!r}): it is a switch; write True or False.")
        why = self.report_only
        is_said = isinstance(why, str) and why.strip()  # pyright: ignore[reportUnnecessaryIsInstance]
        if why is not None and not is_said:
            raise ConfigurationError(
                f"Csp(report_only={why!r}): nothing of the policy is enforced; say in words why, as in"
                " report_only='inline scripts until the pages are rewritten'."
            )

    def _text(self, nonce: str | None = None) -> bytes:
        said = {name: getattr(self, name) for name in _SOURCES}
        if nonce is not None:
            for name in ("script_src", "style_src"):
                own = tuple(each for each in said[name] or said["default_src"] if each != NONE)
                said[name] = (*own, f"'nonce-{nonce}'")
        loads = [f"{name.replace('_', '-')} {' '.join(each)}" for name, each in said.items() if each is not None]
        ends = [loads.pop(-2), loads.pop()]  # who is sent forms, and who may frame
        return "; ".join((*loads, "object-src 'none'", "base-uri 'none'", *ends, *self._further())).encode("ascii")

    def _further(self) -> list[str]:
        found: list[str] = []
        if self.trusted_types is not None:
            names = [NONE] if self.trusted_types is True else self.trusted_types
            found += ["require-trusted-types-for 'script'", f"trusted-types {' '.join(names)}"]
        return found
