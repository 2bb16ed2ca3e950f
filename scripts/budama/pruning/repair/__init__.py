"""What is done about a cut before any training: batch norms anew, and a refit of what reads."""
