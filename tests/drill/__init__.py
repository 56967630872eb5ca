"""What `buckler drill` finds, and what it leaves alone."""
