"""Which channels are coupled, which go, the cut, and its repair."""
