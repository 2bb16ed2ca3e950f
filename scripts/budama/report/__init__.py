"""The report of a scenario, made from its ``summary.csv`` and the stored predictions."""
