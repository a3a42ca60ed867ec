"""What became of the stories that alerts told."""
