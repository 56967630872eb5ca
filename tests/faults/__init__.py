"""What is left when the process is killed in the middle of a change, and when the log of the database is torn.

`make faults` does it 50 times a kind, at moments of the clock and at steps of the database by turns; the suite does
few, at fixed steps. A kill proves nothing of a loss of power: what the process gave to the system is written
by the system all the same, so `synchronous=OFF` would pass here. That every commit waits for the disk is asked of each
connection (`tests/storage/database/test_connections.py`); what a torn log leaves is in `test_torn_log.py`.
"""
