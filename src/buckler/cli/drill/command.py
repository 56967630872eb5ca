"""`buckler drill`: what is asked for, checked before anything is sent; then the drill, and the report.

Most is imported late: what the drill needs may not be installed, and no other command should wait for it.
"""

from typing import Final

import typer

from buckler.cli.drill import options as told
from buckler.cli.extras import require
from buckler.drill.bounds import FAIL_ON, REQUESTS, TIME

_UNNAMED: Final = (
    "No app is named. Name yours as MODULE:APP: buckler drill main:app\nWithout a name it is the reference service. "
)


def drill_command(
    target: told.Target = None,
    openapi: told.OpenApi = None,
    policy: told.PolicyFile = None,
    only: told.Only = None,
    skip: told.Skip = None,
    env: told.Env = None,
    options: told.Identities = None,
    login: told.Login = None,
    user: told.User = None,
    admin: told.Admin = None,
    token: told.Token = None,
    target_is_mine: told.Mine = None,
    writes: told.Writes = False,
    budget: told.BudgetTime = TIME,
    requests: told.Requests = REQUESTS,
    ca: told.Trust = None,
    insecure: told.Insecure = False,
    fail_on: told.FailOn = FAIL_ON,
    require_coverage: told.Coverage = 0,
    form: told.Format = "terminal",
    output: told.Output = None,
    baseline: told.BaselineFile = None,
    write_baseline: told.WriteBaseline = None,
    attacks: told.ListAttacks = False,
    _schema: told.PrintSchema = False,
) -> None:
    """Attack an app, and report. What people read of it is `options.HELP`."""
    _require(has_app=target is not None or attacks)
    from buckler.cli.drill.bounds import check_words, chosen_attacks, origin_in, print_list

    by_url = target is not None and "://" in target
    attacking = chosen_attacks(only or (), skip or (), by_url=by_url or attacks)
    if attacks:
        print_list(attacking, markdown=form == "markdown")
        return
    from buckler.cli.drill.attacking import attack_app, attack_url, shown, trust_in
    from buckler.cli.drill.given import read, read_json, seconds_in
    from buckler.cli.drill.results import results_to
    from buckler.drill.wanted import Wanted

    check_words(target, by_url=by_url, openapi=openapi, mine=target_is_mine, ca=ca, insecure=insecure, env=env)
    results = results_to(tuple(output or ()), form, baseline, write_baseline, fail_on, require_coverage)
    given = read(options, login, user, admin, token, env)
    wanted = Wanted(attacking, seconds_in(budget), requests, read_json(policy), given, shown())
    if not by_url:
        attack_app(target, wanted, results.tell, writes=writes)
        return
    base, trust = origin_in(str(target), target_is_mine or (), given.target.plain), trust_in(ca, insecure=insecure)
    raise typer.Exit(results.tell(attack_url(base, openapi, wanted, writes=writes, trust=trust)))


def _require(*, has_app: bool) -> None:
    """What has to be installed. Raises `ConfigurationError`."""
    if has_app:
        require("drill")
    else:
        require("drill", "console", first=_UNNAMED)
