"""Sealed studies in words, and their record; `graph.studies` makes them."""
