"""What the numbers say, in the four groups of the published reports.

A module for each: ``ranking`` (which method is best), ``optimisation`` (what the cut saves),
``balance`` (accuracy against efficiency) and ``elsewhere`` (beside other scopes, budgets,
normalisers, repairs, recipes and scenarios); ``findings`` puts them in order. Small functions turn
facts into observations; their words are the ``sentences`` of each language.
"""
