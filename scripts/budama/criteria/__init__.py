"""The criteria: one file each, found by its name. See ``base`` for what a file must hold."""
