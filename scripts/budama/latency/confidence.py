"""How sure an interval must be to be shown as one."""

CONFIDENCE = 0.95
