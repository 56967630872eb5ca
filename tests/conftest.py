"""What every test run carries."""

pytest_plugins = ["tests.house.evidence"]
