"""Files that are whole or absent, and files that may come from elsewhere."""
