"""Who is it: accounts, passwords, sign-in, and the tokens that follow."""

from buckler.identity.accounts import Accounts, account_defences
from buckler.identity.settings import AccountsSettings

__all__ = ["Accounts", "AccountsSettings", "account_defences"]
