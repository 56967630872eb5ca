"""The reference service: what `buckler serve` serves when it is given no app."""
