"""Where something was seen first, and how surely: first posts with their interval of doubt."""
