"""Models, rebuilt offline and cached per user. Nothing heavy is imported before it is used."""
