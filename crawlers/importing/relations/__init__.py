"""What posts of a file point at."""
