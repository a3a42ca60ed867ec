"""Weak signals: words, pairs, tags, sites and stories that more authors use than their past lets expect.

`features` -> `bursts` (the test against the past) -> `merging` (one story of a tick, one alert) -> `joining` (one story of
the day, one signal) -> `telling` (findings); `nlp.signals.replay` drives them tick by tick, and never looks ahead.
"""
