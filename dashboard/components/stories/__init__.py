"""What rises, as stories: their subjects, drivers, posts, and whether they are organic."""
