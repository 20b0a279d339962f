"""What the ministry sees."""
