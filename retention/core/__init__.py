"""What is true: pure, with no files, network, clock or environment."""
