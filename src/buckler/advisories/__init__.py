"""Judges the packages of an environment by the advisories about them, and lists them.

What could not be judged is told as such: a package without a finding is not a package without a flaw.
"""
