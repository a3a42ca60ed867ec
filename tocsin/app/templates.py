"""The files that ``tocsin init`` writes."""

from __future__ import annotations

TOCSIN_TOML = """\
# Tocsin workspace. Every key is optional; docs/settings.md lists them all with their defaults.
# A variable such as TOCSIN_PRIVACY__PSEUDONYMISE=false takes precedence over this file.

[privacy]
# pseudonymise = true        # show accounts as keyed pseudonyms in every output; false: real names
# retention_days = 0         # delete what is older; 0 keeps it

[index]
# backend = "embedded"       # or "elasticsearch", with url, ca_certs, username and password

[nlp]
# model = "e5-small"         # rebuilt offline; or a hub name, or a local directory
# engine = "auto"            # onnx (fast on CPU), torch, or auto

[graph]
# min_objects = 3            # distinct things two accounts must have done together
# false_discovery_rate = 0.01

[dashboard]
# port = 8501
# language = "auto"          # en, fr, or what the browser says
"""

EXAMPLE_SOURCE = """\
# A source: one file. Rename it to example-daily.toml when it is yours: only *.toml is read.
name = "example-daily"
spider = "feed"                          # feed, site or mastodon
start = ["https://news.example/feed.xml"]
# max_pages = 1000
# delay = 1.0                            # seconds between two requests to one host
# respect_robots = true
lawful_basis = "journalism"              # why you may collect this
retention_days = 365
"""

EXAMPLE_MONITOR = """\
# A monitor: a saved query, shared in git. Rename it to *.toml when it is yours.
name = "water"
query = '(water OR eau) AND (pollution OR contamination)'
"""

FILES = {
    "tocsin.toml": TOCSIN_TOML,
    "sources/example-daily.toml.example": EXAMPLE_SOURCE,
    "monitors/water.toml.example": EXAMPLE_MONITOR,
}
