"""Weak signals.

Words, pairs, tags, sites and narratives that more authors use than their past explains.

`features` -> `windows` and `bursts` (the tests against the past) -> `burst_merging` (one story of a
tick is one alert) -> `stories` (whether it is one) -> `alert_merging` (one story of the day is one
signal) -> `naming` (its title and terms) -> `description` (findings). `engine` drives them tick by
tick, and never looks ahead.
"""
