"""budama: what structured pruning does to an image classifier, measured honestly."""
