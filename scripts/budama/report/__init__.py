"""The report of a scenario, made from its ``summary.csv`` alone."""
