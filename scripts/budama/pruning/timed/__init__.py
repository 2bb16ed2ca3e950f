"""Budgets in time: what layers take at which widths, and which widths a budget is spent on."""
