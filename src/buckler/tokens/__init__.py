"""Proof that we said it: keys, access tokens, what was revoked, and the vault for secrets at rest."""
