"""The pages of whoever looks after an app: accounts, the policy, the kept log, and figures."""
