"""Monitors: what is monitored, what raises an alert, and who was notified."""
