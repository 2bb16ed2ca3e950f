"""The configuration: its schema, and how files and the command line become one."""
