"""Mutants of how people come in: what an answer gives away, what is not counted, what is too weak."""

from tests.mutants.mutant import Mutant
from tests.mutants.text import Text, said

_SIGN_IN = "buckler.identity.sign_in.sign_in"
_THROTTLE = "buckler.identity.sign_in.throttle"
_RULES = "buckler.identity.passwords.rules"
_CODES = "buckler.identity.mail.codes"
_MEMBERS = "buckler.identity.routes.administration"
_REGISTERING = "buckler.identity.routes.registration"

_MADE = "            account = await registration.register(body.name, body.password.reveal(), exchange)\n"
_NEVER = "        await connection.execute(delete(CodeRow).where(CodeRow.account_id == '',"
_HASH = '    disabled_at: Moment | None\n    password_hash: str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$aGFzaA"\n'
_REGISTERING_BODY = "    name: NewName\n    password: NewPassword\n"

ENTERING: tuple[Mutant, ...] = (
    Mutant(
        "sign-in: an unknown name is told",
        Text(
            _SIGN_IN,
            (
                (
                    '            raise self._failure("unknown", exchange, name_digest=self._digest(attempt.name))\n',
                    (
                        "            from buckler.identity.administration.administration import AccountMissing\n\n"
                        '            raise AccountMissing("There is no such account.")\n'
                    ),
                ),
            ),
        ),
        ("D301",),
    ),
    Mutant(
        "reset: an unknown name is told",
        Text(
            "buckler.identity.routes.recovery",
            (
                (
                    "        with refusing():\n            self._opened().recovery.ask(body.name)\n",
                    (
                        "        from buckler.identity.administration.administration import AccountMissing\n\n"
                        "        with refusing():\n"
                        "            if await self._opened().own_password._desk.store.find(body.name) is None:\n"
                        '                raise AccountMissing("There is no such account.")\n'
                        "            self._opened().recovery.ask(body.name)\n"
                    ),
                ),
            ),
        ),
        ("D301",),
        "POST /auth/reset",
    ),
    Mutant(
        "sign-in: names may be guessed at without end",
        Text(
            _THROTTLE,
            (
                (
                    "        if failures >= self._before_code:\n",
                    (
                        "        if failures < 10**9:\n"
                        "            return _FREE\n"
                        "        if failures >= self._before_code:\n"
                    ),
                ),
                # Without this one a right password after fifty wrong ones is answered like a wrong one.
                ("MOST_IN_A_ROW: Final = 50\n", "MOST_IN_A_ROW: Final = 10**9\n"),
            ),
        ),
        ("D303",),
    ),
    Mutant(
        "sign-in: five wrong passwords shut the owner out",
        said(
            _THROTTLE,
            "return _waiting(min(_FIRST_WAIT << (failures - FREE), LONGEST_WAIT), since)",
            "return _waiting(86_400, since)",
        ),
        ("D304",),
    ),
    Mutant(
        "passwords: anything will do",
        Text(
            _RULES,
            (
                ("        if not shortest <= len(chosen) <= LONGEST:", "        if not 1 <= len(chosen) <= LONGEST:"),
                ("        if _plain(chosen) in self._common or self._left(chosen, name) < least:", "        if False:"),
            ),
        ),
        ("D306",),
    ),
    Mutant(
        "passwords: eight characters will do, whatever they are",
        Text(
            _RULES,
            (
                ("        if not shortest <= len(chosen) <= LONGEST:", "        if not 8 <= len(chosen) <= LONGEST:"),
                ("        if _plain(chosen) in self._common or self._left(chosen, name) < least:", "        if False:"),
            ),
        ),
        ("D306",),
    ),
    Mutant(
        "names: look-alikes are another account",
        said(
            "buckler.identity.login_names",
            'key = look_alikes.key(unicodedata.normalize("NFKC", address))',
            "key = address",
        ),
        ("D308",),
    ),
    Mutant(
        "POST /auth/reset: the code is told in the answer",
        Text(
            "buckler.identity.routes.recovery",
            (
                (
                    "        return Accepted()\n",
                    (
                        "        from fastapi.responses import JSONResponse\n\n"
                        "        desk = self._opened().own_password._desk\n"
                        "        account = await desk.store.find(body.name)\n"
                        '        code, make = "", desk.post.codes.make\n'
                        "        if account is not None:\n"
                        "            async with desk.database.writing() as connection:\n"
                        '                code = await make(connection, "reset", account_id=account.id)\n'
                        '        return JSONResponse({"status": "accepted", "code": code}, 202)\n'
                    ),
                ),
            ),
        ),
        ("D309",),
        "POST /auth/reset",
    ),
    Mutant(
        "reset: a code is good again and again",
        Text(
            _CODES,
            (
                (".values(used_at=int(self._clock.now()))", ".values(used_at=None)"),
                ("        await connection.execute(delete(CodeRow).where(CodeRow.account_id == account_id,", _NEVER),
            ),
        ),
        ("D309", "D506"),
    ),
    Mutant(
        "codes: six digits",
        Text(
            "buckler.identity.mail.code_text",
            (
                (
                    '    return "-".join((symbols[:5], symbols[5:10], symbols[10:15], symbols[15:20], symbols[20:]))\n',
                    '    return f"{number % 1_000_000:06d}"\n',
                ),
                (
                    "    fits = len(symbols) == _COUNT and all(symbol in SYMBOLS for symbol in symbols)\n",
                    "    fits = len(symbols) == 6 and all(symbol in SYMBOLS for symbol in symbols)\n",
                ),
            ),
        ),
        ("D307", "D210"),
        unseen="how long a code is shows in the letter alone, and the limits of the routes still stand before guessing",
    ),
    Mutant(
        "reset: links lead to the host that a field of the request names",
        said(
            "buckler.identity.routes.recovery",
            "    async def ask(self, body: Asking) -> Accepted:\n",
            "    async def ask(self, body: Asking, request: Request) -> Accepted:\n"
            '        forwarded = request.headers.get("x-forwarded-host")\n'
            "        if forwarded:\n"
            '            self._opened().recovery._desk.post.letters._origin = f"https://{forwarded}"\n',
        ),
        ("D305",),
        "POST /auth/reset",
    ),
    Mutant(
        "accounts: answers have the hash of the password",
        said(
            _MEMBERS,
            "    disabled_at: Moment | None\n",
            _HASH,
        ),
        ("D106",),
        "GET /auth/accounts",
    ),
    Mutant(
        "GET /auth/me: the answer has a refresh token",
        said(
            "buckler.identity.routes.own_account",
            "    permissions: Annotated[list[Word], Field(max_length=MOST_WORDS)]\n",
            "    permissions: Annotated[list[Word], Field(max_length=MOST_WORDS)]\n"
            '    refresh_token: str = "r-1d8f2c7a90b34e5f"\n',
        ),
        ("D106",),
        "GET /auth/me",
    ),
    Mutant(
        "POST /auth/register: takes roles",
        Text(
            _REGISTERING,
            (
                (
                    f"{_REGISTERING_BODY}\n\nclass Asking",
                    f"{_REGISTERING_BODY}    roles: list[str] | None = None\n\n\nclass Asking",
                ),
                (
                    _MADE,
                    (
                        f"{_MADE}"
                        "            if body.roles:\n"
                        "                from buckler.identity.administration.administration import OPERATOR\n\n"
                        "                change = self._opened().administration.set_roles\n"
                        "                await change(OPERATOR, account.id, body.roles)\n"
                    ),
                ),
            ),
        ),
        ("D105",),
        "POST /auth/register",
    ),
    Mutant(
        "POST /auth/register: no limit",
        said(
            "buckler.identity.routes.limits",
            'REGISTERING: Final = Limit("5/minute", told=False)',
            'REGISTERING: Final = Limit("1000000/second", told=False)',
        ),
        ("D505", "D112"),
        "POST /auth/register",
    ),
    Mutant(
        "POST /auth/reset: no limit",
        said(
            "buckler.identity.routes.limits",
            'RESETTING: Final = Limit("5/minute", told=False)',
            'RESETTING: Final = Limit("1000000/second", told=False)',
        ),
        ("D505", "D112"),
        "POST /auth/reset",
    ),
)
