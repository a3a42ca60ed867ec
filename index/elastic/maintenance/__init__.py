"""What works on a whole workspace in a cluster: erasing, and moving to another layout."""
