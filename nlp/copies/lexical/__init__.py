"""The lexical channel: what two texts are to each other by their wording alone."""
