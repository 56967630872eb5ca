"""What is done to accounts by those who may."""
