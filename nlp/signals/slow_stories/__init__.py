"""Stories that grow so slowly that none of their words stands out alone."""
