"""One function per rule, with the rule's name: the story of a run."""
