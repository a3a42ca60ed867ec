"""The parts of Explore: marked words, the form of a query, what a query leaves out, and more."""
