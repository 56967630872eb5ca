"""What an operator decides: the tree, where its values are read, and the words of refusals."""

from buckler.settings.given import Algorithm, Environment, Given, Identifier, RegistrationMode
from buckler.settings.origins import LOOPBACK_HOSTS
from buckler.settings.start_rules import StartRules
from buckler.settings.tree import TEST_HOST, Settings
from buckler.settings.words import PREFIX

__all__ = [
    "LOOPBACK_HOSTS",
    "PREFIX",
    "TEST_HOST",
    "Algorithm",
    "Environment",
    "Given",
    "Identifier",
    "RegistrationMode",
    "Settings",
    "StartRules",
]
