"""What a scenario will cost in time and on disk, before it runs."""
