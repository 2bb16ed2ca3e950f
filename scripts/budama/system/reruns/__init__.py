"""What makes a result stale: code, packages and data, as fingerprints."""
