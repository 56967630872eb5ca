"""The policy of an app as data, and explanations."""
