"""Narratives: groups of documents that tell one story, over languages.

Vectors -> `debiasing` -> `neighbours` -> `communities` -> `topic_terms` -> `building`; `stable_ids`
keeps ids over runs.
"""
