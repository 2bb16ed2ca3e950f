"""Which channels are coupled, which go, and the cut."""
