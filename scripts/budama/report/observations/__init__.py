"""What the numbers say, in the four groups of the published reports.

Each observation is a small function from facts to findings; the words are the
``sentences`` of each language.
"""
