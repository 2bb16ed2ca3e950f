"""Which channels belong together: labels on channels, followed through one forward pass."""
