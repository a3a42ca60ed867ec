"""The semantic channel: rewordings and translations, by vectors and distinguishing terms."""
