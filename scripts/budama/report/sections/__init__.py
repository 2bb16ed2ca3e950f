"""The sections of a scenario's report, a module for each, in the order of ``order.py``."""
