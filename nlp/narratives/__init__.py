"""Narratives: groups of documents that tell one story, over languages, and themes above them.

Vectors -> `nodes` (different texts, by `content`; without what languages leave on them) -> whitened
and compared (`vectors`) -> `communities` -> `grouping` (joined to what is published, or anew with
`stable_ids`) -> `headlines`, `topic_terms` (by `word_kinds`) -> `building`.
"""
