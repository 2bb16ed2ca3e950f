"""Why jobs would run, in plain words."""
