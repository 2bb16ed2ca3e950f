"""The report's pictures: one file per picture or small family."""
