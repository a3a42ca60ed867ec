"""Sealed studies: what an analysis rested on and found, so that anybody can repeat it."""
