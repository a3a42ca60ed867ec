"""Weak signals: words, pairs, tags, sites and stories that more authors use than their past lets expect.

`features` -> `bursts` (the test against the past) -> `merging` (one story, one signal) -> `telling` (findings);
`nlp.replay` drives them tick by tick, and never looks ahead.
"""
