"""The demo's world: an invented bilingual valley, its people, its papers, one crisis, one planted campaign and innocent look-alikes.

`world.build` makes it, deterministic for a given end and seed; `server.Server` serves it on loopback as
feeds, sites and a Mastodon-shaped server. Texts and names are in ``texts/``; everything in them is invented.
"""
