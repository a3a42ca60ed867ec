"""Share of voice: slices of posts over time, compared over two periods, and peaks explained."""
