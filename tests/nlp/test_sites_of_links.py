"""The sites that posts link to, counted for many posts at once."""

from __future__ import annotations

import pyarrow as pa

from nlp.signals.tag_site_features import SITE, TagSiteVocabulary


def test_a_link_that_only_leads_on_counts_for_the_site_behind_it() -> None:
    addresses = [
        ["https://l.facebook.com/l.php?u=https://courant.example/a-1"],
        ["https://www.google.com/url?q=https://courant.example/a-1"],
        ["https://courant-example.cdn.ampproject.org/c/s/courant.example/a-1"],
        ["https://courant.example/a-1"],
        ["https://youtu.be/aB3dE-f_9Z0", "https://twitter.com/quay/status/1"],
    ]
    urls = pa.array(addresses, pa.list_(pa.string()))
    tags = pa.array([[]] * len(addresses), pa.list_(pa.string()))
    vocabulary = TagSiteVocabulary()
    _, sites = vocabulary.occurrences(tags, urls)
    assert vocabulary.names == [f"{SITE}courant.example"]
    assert len(sites.keys) == 4
