"""The map of who is connected to whom: what is asked, how it is drawn, and its twin as a table."""
