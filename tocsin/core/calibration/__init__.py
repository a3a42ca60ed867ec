"""Calibrations of coordination as they are stored and reported; `graph.calibration` makes them."""
