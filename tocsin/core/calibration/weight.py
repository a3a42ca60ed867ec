"""What ranks rising subjects, on the command line and on Today: the one place that says it."""

from __future__ import annotations

from tocsin.core.findings import WeakSignal


def signal_weight(signal: WeakSignal) -> float:
    """Size x growth x breadth x stake.

    Size is the number of posts, growth how many times more authors than expected its surest term
    had (one added to both), breadth its different authors for each post (size x breadth are its
    authors), stake one plus the share of posts by accounts of flagged groups: what is orchestrated
    weighs up to twice.
    """
    growth = ((signal.lead_authors or signal.authors) + 1) / ((signal.expected or 0.0) + 1)
    return growth * signal.authors * (1 + (signal.coordinated_share or 0.0))


def weight_within(signal: WeakSignal, posts: int) -> float:
    """The weight of the part that a page of one period looks at: ``posts`` of its posts are in it.

    A story of a week ago that nobody tells any more has no weight in the last 24 hours.
    """
    return signal_weight(signal) * posts / max(1, signal.posts)
