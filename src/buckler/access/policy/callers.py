"""Where callers come from, and what a trial lets pass: what holds for every route of an app."""

from collections.abc import Iterable
from typing import Protocol

from buckler.access.policy.policy import CallerSource, OnTrial
from buckler.access.policy.reading import endpoint_of
from buckler.edge.trial import Trial


class Named(Protocol):
    """What is told of an issuer of tokens."""

    url: str
    audience: frozenset[str]


def callers_of(accounts: bool, issuers: Iterable[Named], authenticator: object) -> tuple[CallerSource, ...]:
    """Whoever says who is calling, accounts first; nobody where none of them is there."""
    found = [CallerSource("accounts", None, ())] if accounts else []
    found += [CallerSource("issuer", each.url, tuple(sorted(each.audience))) for each in issuers]
    own = [CallerSource("own", endpoint_of(authenticator), ())] if authenticator is not None else []
    return (*sorted(found, key=repr), *own)


def on_trial(trial: Trial | None) -> OnTrial | None:
    """What a trial lifts, and until when."""
    return None if trial is None else OnTrial(str(trial.until), tuple(sorted(trial.only)), trial.reason)
