"""Mutants of what answers carry for browsers: policies, headers, other origins."""

from tests.mutants.mutant import Mutant
from tests.mutants.text import Text, said

_HEADERS = "buckler.edge.headers"
_CSP = "buckler.edge.csp_policy"
_APP = "buckler.service.app"
_POLICY = '"; ".join((*loads, "object-src \'none\'", "base-uri \'none\'", *ends, *self._further())).encode("ascii")'

_WITH_CREDENTIALS = (
    "*(() if ANYBODY in own.origins else (VARY,)), *((CREDENTIALS,) if own.credentials else ()), *exposed",
    "VARY, CREDENTIALS, *exposed",
)

ANSWERING: tuple[Mutant, ...] = (
    Mutant(
        "CSP: inline scripts run",
        said(
            _CSP,
            _POLICY,
            _POLICY.replace(
                '.encode("ascii")', """.replace("script-src ", "script-src 'unsafe-inline' ").encode("ascii")"""
            ),
        ),
        ("D604",),
    ),
    Mutant(
        "CSP: objects and bases from anywhere",
        said(_CSP, _POLICY, _POLICY.replace("\"object-src 'none'\", \"base-uri 'none'\", ", "")),
        ("D604",),
    ),
    Mutant(
        "CSP: scripts of every host",
        said(
            _CSP,
            _POLICY,
            _POLICY.replace('.encode("ascii")', '.replace("script-src ", "script-src https: ").encode("ascii")'),
        ),
        ("D604",),
    ),
    Mutant(
        "pages: anybody may frame them",
        Text(
            _CSP,
            (
                (_POLICY, _POLICY.replace("*ends,", "ends[0],")),
                ("return told.get(self.frame_ancestors[0]) if", "return None if"),
            ),
        ),
        ("D607",),
    ),
    Mutant(
        "headers: nosniff is gone",
        said(_HEADERS, '    (b"x-content-type-options", b"nosniff"),\n', ""),
        ("D605",),
    ),
    Mutant(
        "headers: personal answers may be stored",
        said(_HEADERS, "*((_NO_STORE,) if private else ())", "*()"),
        ("D608",),
    ),
    Mutant(
        "headers: no HSTS",
        said(
            _HEADERS,
            "        if not self.seconds:\n",
            "        if self.seconds:\n            return ()\n        if not self.seconds:\n",
        ),
        ("D605",),
        unseen="it is a promise about HTTPS, which no drill in process speaks; on localhost it holds for five minutes",
    ),
    Mutant(
        "CORS: every origin reads with credentials",
        Text(
            "buckler.edge.foreign_origins",
            (
                ("        if not (self._is_open or origin in self._origins):\n            return False\n", ""),
                _WITH_CREDENTIALS,
            ),
        ),
        ("D602",),
        settings=("BUCKLER_CORS_ORIGINS=https://app.example.com",),
    ),
    Mutant(
        "CORS: origins that begin as a listed one does",
        Text(
            "buckler.edge.foreign_origins",
            (
                (
                    "        if not (self._is_open or origin in self._origins):\n",
                    "        if not (self._is_open or any(origin.startswith(each) for each in self._origins)):\n",
                ),
                _WITH_CREDENTIALS,
            ),
        ),
        ("D602",),
        settings=("BUCKLER_CORS_ORIGINS=https://localhost",),
    ),
    Mutant(
        "errors: a failure shows its trace",
        Text(
            _APP,
            (
                (
                    "    kept, owners = await notes.count()\n    return Report(notes=kept, owners=owners)",
                    '    kept, owners = await notes.count()\n    raise RuntimeError("the inside")',
                ),
            ),
        ),
        ("D415",),
        unseen="the defence `safe-errors` answers in its place, which is the point; without it: see there",
    ),
)
