"""The rooms that know a driver."""
