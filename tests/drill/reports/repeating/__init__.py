"""What is told to repeat a finding does repeat it."""
