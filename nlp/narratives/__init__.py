"""Narratives: groups of documents that tell one story, over languages.

Vectors -> `centring` -> `neighbours` -> `communities` -> `labels` -> `assemble`; `identity` keeps ids over runs.
"""
