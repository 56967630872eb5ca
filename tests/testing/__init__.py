"""The doors for the tests of users, and that they stay shut everywhere else."""
