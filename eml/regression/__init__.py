"""From data to formulas: the search, its evidence and its reports; docs/regression.md tells how."""
