"""The demo's world: an invented bilingual valley.

It has people, papers, one crisis, one planted campaign, and groups that only look like one.
`builder.build_world` makes it, deterministic for a given end and seed; `server.Server` serves it on
loopback as feeds, sites and a Mastodon-shaped server. Texts and names are in ``texts/``; everything
in them is invented.
"""
