"""The substrate: terms, formulas, unification and saturation, the bridge to Z3, errors, budgets."""
