"""What people ask, read as this workspace understands it."""
