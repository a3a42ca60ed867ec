"""Sealed studies as they are told, and what became of them; `graph.studies` makes them."""
