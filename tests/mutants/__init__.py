"""Mutants of the reference service: it is weakened in one place, and `buckler drill` must report it."""
