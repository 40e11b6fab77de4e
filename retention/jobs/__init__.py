"""What is done: one verb per file."""
