"""Do accounts that meet at their moments post what everybody posts in these hours?

People with one timetable, or customers of one service that posts for them, share moments and post
something else each. Many posts carry nothing that could be compared, so single moments cannot show
this; all of them together can. With the contents of each clock hour permuted, the number of the
group's posts that carry a link, a tag, a repost... is a sum of hypergeometric counts. Where the
posts carry as much as that, and nothing of it is the same, the accounts post what everybody does.
Where they carry less, like plain texts that one author words differently each time, the moments are
all the evidence there is.
"""

from __future__ import annotations

import numpy as np

from graph.coordination.coactions.windows import first_of_run, sizes_of_runs
from graph.coordination.null_model import HOUR_MS
from graph.coordination.posts import Posts
from graph.coordination.readings.chance.hours import gamma_tail
from graph.coordination.readings.chance.results import MomentContents


def compare_moment_contents(posts: Posts, acting: np.ndarray, rows: np.ndarray) -> MomentContents:
    """What some posts carry, beside all posts of their hours.

    Args:
        posts: all posts.
        acting: by post, whether it acts on anything that others could act on, too.
        rows: of the posts of a group.
    """
    if not len(rows):
        return MomentContents()
    hours = posts.times[np.sort(rows)] // HOUR_MS
    own = sizes_of_runs(first_of_run(hours))
    hours = np.unique(hours)
    begin = np.searchsorted(posts.times, hours * HOUR_MS)
    size = np.searchsorted(posts.times, (hours + 1) * HOUR_MS) - begin
    # the rows of all posts of these hours, one run an hour
    hour = np.repeat(np.arange(len(hours)), size)
    every = np.arange(len(hour)) + np.repeat(begin - (np.cumsum(size) - size), size)
    alike = np.bincount(hour[acting[every]], minlength=len(hours))
    plain = 1 - alike / size
    mean = own * plain
    spread = mean * (1 - plain) * (size - own) / np.maximum(1, size - 1)
    seen = int((~acting[rows]).sum())
    (p,) = gamma_tail(*(np.array([float(x)]) for x in (seen, mean.sum(), spread.sum()))).tolist()
    return MomentContents(len(rows), len(rows) - seen, round(float(len(rows) - mean.sum()), 6), p)
