"""What analysts do to narratives: rename, merge, split, pin, bin. It wins over every analysis."""
