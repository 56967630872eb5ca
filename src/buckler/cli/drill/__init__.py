"""The command `buckler drill`: attack an app, and report.

Exit codes: 0 nothing was found, 1 something was (or the target could not be brought up), 2 it was called wrongly,
3 too little could be judged.
"""
