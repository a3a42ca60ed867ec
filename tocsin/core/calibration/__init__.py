"""Calibrations of coordination as they are kept and told; `graph.calibration` makes them."""
