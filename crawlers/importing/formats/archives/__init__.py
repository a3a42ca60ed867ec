"""Archives that are no text: repositories of accounts (CAR) and pages (WARC)."""
