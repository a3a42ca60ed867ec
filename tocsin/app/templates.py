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
# A monitor: a saved query that raises alerts. Rename it to *.toml to use it: docs/monitors.md.
# tocsin monitor validate, then: try water (on the past), plan, enable water.
name = "water"
title = "Drinking water"
query = '(water OR eau) AND (pollution OR contamination)'
# languages = ["fr", "en"]
# platforms = ["x", "mastodon"]
# channels = ["desk"]              # names of [alerts.channels] in tocsin.toml
# quiet_hours = "22:00-07:00"      # held, and sent after
# digest = "now"                   # now, hourly, daily (at digest_at = "08:00")

[[rules]]
kind = "volume"                    # many posts against the normal of these hours
every = "1h"                       # 15m, 1h, 6h, 1d
factor = 3                         # times the normal, and
z = 4                              # standard deviations above it, and
at_least = 10                      # posts

[[rules]]
kind = "new_narrative"             # a story that has just begun has so many posts
at_least = 5

[[rules]]
kind = "new_group"                 # a coordinated group has so many posts
at_least = 3

[[rules]]
kind = "appears"                   # for the first time in so long
who = ["author:jean", "domain:news.example"]
absent = "30d"

[[rules]]
kind = "crossing"                  # a story has so many posts in another language, platform
into = ["lang", "platform"]
at_least = 3
"""

FILES = {
    "tocsin.toml": TOCSIN_TOML,
    "sources/example-daily.toml.example": EXAMPLE_SOURCE,
    "monitors/water.toml.example": EXAMPLE_MONITOR,
}
