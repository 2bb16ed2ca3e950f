"""What this machine has, and what of the configuration cannot run on it."""
