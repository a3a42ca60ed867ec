"""Cases: what an analyst keeps as evidence, and what was done with it."""
