"""What somebody does with an account of his own, or to have one."""
