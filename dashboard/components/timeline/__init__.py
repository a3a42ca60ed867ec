"""What happened and when it would have been known: days, alerts as flags, narratives as bands."""
