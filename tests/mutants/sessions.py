"""Mutants of sessions and tokens: what ends late or never, and what is taken for something else."""

from tests.mutants.mutant import Both, Mutant
from tests.mutants.text import Text, said
from tests.mutants.twin import Without

_SESSIONS = "buckler.identity.sessions.sessions"
_BROWSERS = "buckler.identity.sessions.browser_sessions"
_OWN = "buckler.identity.owners.own_password"
_ADMINISTRATION = "buckler.identity.administration.administration"
_REVOKED = (
    '            await self._revocations.add(connection, "token", who.credential_id, expires_at=who.expires_at)\n'
)
_ENDED = 'ended = is_own and await self._end(connection, who.session_id, "logout")'
_ALIVE = "ended = False"

_UNSIGNED = """        header, payload, signature = match.groups()
        if b"none" in __import__("base64").urlsafe_b64decode(header + b"=="):
            return decode(payload)
"""
_SET = '_SET: Final = f"{COOKIE}=%s; Path=/; Secure; HttpOnly; SameSite=Lax"'

SESSIONS: tuple[Mutant, ...] = (
    Mutant(
        "logout: the session goes on, and its refresh token",
        said(_SESSIONS, _ENDED, _ALIVE),
        ("D208",),
    ),
    Mutant(
        "logout: nothing ends",
        Text(_SESSIONS, ((_ENDED, _ALIVE), (_REVOKED, ""))),
        ("D208",),
    ),
    Mutant(
        "logout everywhere: nothing ends",
        said(
            "buckler.identity.routes.sessions",
            '        await self._opened().sessions.end_all(None, who.id, "logout everywhere", exchange)\n',
            "",
        ),
        ("D208",),
    ),
    Mutant(
        "refresh: a replay ends nothing",
        said(_SESSIONS, '        await self._end(connection, session_id, "replay")\n', ""),
        ("D209",),
    ),
    Mutant(
        "refresh: the token is never used up",
        said(
            _SESSIONS,
            "if same is not None and abs(now - (state.rotated_at or 0)) < GRACE:",
            "same = same or newest\n        if same is not None:",
        ),
        ("D209",),
    ),
    Mutant(
        "a new password ends nothing",
        said(_OWN, '            await self._endings.end(connection, account, "password changed", exchange)\n', ""),
        ("D211",),
    ),
    Mutant(
        "an account that is disabled goes on",
        said(
            _ADMINISTRATION,
            '            await self._end_sessions(connection, account_id, "disabled")\n',
            "",
        ),
        ("D211",),
    ),
    Mutant(
        "sessions of an account that an administrator ends go on",
        said(
            _ADMINISTRATION,
            '            ended = await self._end_sessions(connection, account_id, "administrator")\n',
            "            ended = 0\n",
        ),
        ("D211",),
    ),
    Mutant(
        "DELETE /auth/sessions/{session_id}: also those of others",
        said(
            "buckler.identity.routes.sessions",
            'sessions.end(session_id, "ended by its owner", exchange, account_id=who.id)',
            'sessions.end(session_id, "ended by its owner", exchange)',
        ),
        ("D104",),
        "DELETE /auth/sessions/{session_id}",
    ),
    Mutant(
        "identifiers count up",
        said(
            "buckler.randomness",
            "    return secrets.token_hex(16)\n",
            '    global COUNTED\n    COUNTED += 1\n    return f"{COUNTED:032x}"\n\n\nCOUNTED = 0\n',
        ),
        ("D210",),
        unseen="no identifier opens anything: what does has 256 random bits and a tag beside it",
    ),
    Mutant(
        "tokens live for a day",
        said(
            "buckler.tokens.checks", "        if ends <= expected.now:\n", "        if ends <= expected.now - 86_400:\n"
        ),
        ("D205",),
    ),
    Mutant(
        "alg none is taken",
        Text(
            "buckler.tokens.jwt",
            (
                ("        header, payload, signature = match.groups()\n", _UNSIGNED),
                ('rb"\\." + _SEGMENT + rb"\\." + _SEGMENT)', 'rb"\\." + _SEGMENT + rb"\\.([A-Za-z0-9_-]*)")'),
            ),
        ),
        ("D201",),
    ),
    Mutant(
        "cookie: scripts may read it",
        said(_BROWSERS, _SET, _SET.replace("; HttpOnly", "")),
        ("D603",),
        unseen="the defence `cookies` adds what is missing, so the cookie that leaves is the same",
    ),
    Mutant(
        "cookie: scripts may read it, and nothing adds what is missing",
        Both((said(_BROWSERS, _SET, _SET.replace("; HttpOnly", "")), Without(("cookies",)))),
        ("D603",),
    ),
    Mutant(
        "cookie: for pages of every site, and nothing refuses it",
        Both((said(_BROWSERS, _SET, _SET.replace("SameSite=Lax", "SameSite=None")), Without(("cookies",)))),
        ("D603",),
        unseen="what other sites send with it is refused by `csrf`: the flag alone opens nothing",
    ),
    Mutant(
        "cookie: over plain HTTP too, and nothing adds what is missing",
        Both((said(_BROWSERS, _SET, _SET.replace("; Secure", "")), Without(("cookies",)))),
        ("D603",),
    ),
)
