"""Damage that files came to before they came here."""
