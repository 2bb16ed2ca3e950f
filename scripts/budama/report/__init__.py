"""The report of a scenario: what the tables of summary and analysis say; it computes nothing."""
