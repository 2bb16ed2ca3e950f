"""What every stage needs around it: its frame, its log, progress, its device."""
