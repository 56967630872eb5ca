"""What security costs: ratios to bare FastAPI, measured in one run. `python -m bench --help` teaches."""
