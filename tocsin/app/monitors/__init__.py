"""Monitors: what is watched, what rings, and what was said of it."""
