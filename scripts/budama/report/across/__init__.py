"""The page across scenarios: every scenario that has results, by the tasks that they share."""
