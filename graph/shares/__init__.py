"""Coordination in any table of shares: who shared which object, and when. No text, no index."""
