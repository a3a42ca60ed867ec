"""The semantic channel: rewordings and translations by sentence vectors and distinguishing terms."""
