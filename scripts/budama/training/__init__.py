"""Training: the same engine for the dense model, its control and every pruned model."""
