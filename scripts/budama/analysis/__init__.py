"""From the figures of models to comparisons: results, intervals, tests."""
